/*
 * limits.h - every bound of the bus, each with its reason.
 *
 * A bound an operator may move has a default here and a ceiling; the ceiling is what the data
 * structures can hold, not what is wise.
 */
#ifndef EB_BASE_LIMITS_H
#define EB_BASE_LIMITS_H

enum {
    /* A document: 32 MiB holds at most 2^24 - 1 array elements ("[1,1,…]"), what a token's 24-bit
     * count can say. MQTT allows 256 MiB; nobody sends events of that size. */
    EB_DOCUMENT_BYTES_MAX = 32 * 1024 * 1024,
    /* An event, unless `limits.event_bytes` says otherwise: 1 MiB is what other event buses at
     * most take (EventBridge: 256 KiB). */
    EB_EVENT_BYTES_DEFAULT = 1024 * 1024,

    /* Nesting of an event: twice what any envelope in the wild uses. */
    EB_EVENT_DEPTH_DEFAULT = 64,
    /* Nesting of any document: recursion over documents stays under this many frames, which keeps
     * a stack of 8 MiB far away. Schemas written by hand are never this deep. */
    EB_DEPTH_MAX = 1024,

    /* Copies one event may make before it looks like an amplifier rather than a route. */
    EB_TARGETS_DEFAULT = 100,
    EB_TARGETS_MAX = 10000,
    /* What all of them together may take of the broker's memory: sixteen times the largest event
     * by default. */
    EB_COPIES_BYTES_DEFAULT = 16 * 1024 * 1024,
    EB_COPIES_BYTES_MAX = 1024 * 1024 * 1024,
    /* How often one event may pass the bus again: chains of rules that people wrote are two or
     * three long. */
    EB_HOPS_MAX = 8,
    /* Steps of looking for rules that reroute in a circle: a second. A circle that is not found is
     * stopped when it happens. */
    EB_CIRCLE_WORK_MAX = 100 * 1000 * 1000,

    /* Steps one regular expression may take on one value: real patterns need a few steps a byte,
     * catastrophic ones need 2^n. */
    EB_REGEX_STEPS_DEFAULT = 100000,
    EB_REGEX_STEPS_MAX = 10000000,
    /* Bytes an automaton reads in the time of one step of a judgement, which adds them up. */
    EB_REGEX_STEP_BYTES = 16,
    /* Steps times length of the value: PCRE2 counts how often it goes back, not how far it then
     * reads on, and one step may read the whole value. A quarter of a second at the worst. */
    EB_REGEX_WORK_MAX = 1 << 28,
    /* What a backtracking run remembers, in machine code and interpreted: over 30,000 points to
     * go back to each way. */
    EB_REGEX_JIT_STACK_BYTES = 1024 * 1024,
    EB_REGEX_FRAMES_BYTES = 8 * 1024 * 1024,
    /* What a runner keeps of that after an exceptional value. */
    EB_REGEX_KEPT_BYTES = 256 * 1024,
    /* An expression: what PCRE2 compiles with the link size distributions build it with. */
    EB_REGEX_BYTES_MAX = 65535,
    /* An expression as an automaton: what hand-written ones need a hundred times over. Whatever
     * needs more is left to PCRE2. States are numbered in 16 bits; the bytes of the table too,
     * which keeps it within 128 KiB. */
    EB_REGEX_NFA_STATES_MAX = 16384,
    EB_REGEX_NFA_WORK_MAX = 200000,
    EB_REGEX_DFA_CELLS_MAX = 65535,
    /* Steps of making the table, some ten nanoseconds each. */
    EB_REGEX_DFA_WORK_MAX = 1000000,
    /* Groups inside groups: under PCRE2's own 250, and a few frames of ours each. */
    EB_REGEX_DEPTH_MAX = 200,
    /* Named groups: the table of them stands on the stack while an expression is judged. */
    EB_REGEX_NAMES_MAX = 256,

    /* Steps one `multipleOf` may take: a divisor of 18 digits or fewer never needs to ask; one of
     * 900 digits, which nobody writes, is settled within 10 ms against any value it allows. */
    EB_MULTIPLE_STEPS_MAX = 1000000,

    /* What a schema may come to: parts, each in every dynamic scope it is reached in. Ten times the
     * largest schema anybody was seen to write; about 100 bytes each. */
    EB_SCHEMA_NODES_MAX = 4 * 1024 * 1024,
    /* How deep judging may recurse: a document's nesting, times what schemas refer to one another
     * for one value. A frame is a few hundred bytes; a stack has megabytes. */
    EB_SCHEMA_FRAMES_MAX = 4096,
    /* Values judging one event may look at, and again for telling why it was refused. Alternatives
     * within alternatives double the work with every level; this ends it after a tenth of a second.
     * A document may be looked at so many times over whatever its size. */
    EB_SCHEMA_STEPS_MAX = 10 * 1000 * 1000,
    EB_SCHEMA_STEPS_PER_TOKEN = 64,
    /* What so many bytes of a long string, number or name cost: reading them takes as long. */
    EB_SCHEMA_STEP_BYTES = 64,

    /* Comparing two schemas: steps of the proof about one keyword, some microseconds each, and for
     * all keywords; how deep the values go that it imagines; and breaking changes told: a person
     * reads the first few. Beyond any of them the answer is "unknown". */
    EB_COMPAT_STEPS_MAX = 100000,
    EB_COMPAT_ALL_STEPS_MAX = 1500000,
    EB_COMPAT_DEPTH_MAX = 48,
    EB_COMPAT_CHANGES_MAX = 100,

    /* A schema from samples: strings are taken for a set that somebody has agreed on when they are
     * no more than this many, each seen this often on average. Sets written by hand are smaller. */
    EB_INFER_WORDS_MAX = 16,
    EB_INFER_WORD_REPEATS = 3,
    EB_INFER_WORD_BYTES_MAX = 100,
    /* A number whose literal is remembered: that of any double or 64-bit integer. */
    EB_INFER_LITERAL_BYTES_MAX = 32,
    /* Members of one object that somebody has given names; more are the keys of a table. */
    EB_INFER_NAMES_MAX = 256,
    /* Nesting that is described, each level being two of the schema; deeper, types alone are. */
    EB_INFER_DEPTH_MAX = 256,
    /* What is remembered of the samples: some 100,000 places, more than a person would read. */
    EB_INFER_BYTES_MAX = 64 * 1024 * 1024,

    /* Asking whether a rule can match what a schema allows: steps of the proof for one question,
     * and for all that one check of a configuration asks: a few seconds. */
    EB_INQUIRY_STEPS_MAX = 20000,
    EB_INQUIRY_ALL_STEPS_MAX = 1500000,

    /* Faults reported for one event: a person reads the first few, a tool resends. */
    EB_FAULTS_DEFAULT = 16,
    EB_FAULTS_MAX = 1000,

    /* Fields of one pattern that must hold together: the matcher goes two frames deep for each.
     * Patterns written by hand name a dozen. */
    EB_PATTERN_FIELDS_MAX = 4096,
    /* Fields and `$or`s of one pattern whose `$or`s name the same fields, after they have been
     * pulled apart. Only patterns made to be difficult get near it. */
    EB_PATTERN_UNTANGLED_MAX = 65536,

    /* The text of a `wildcard`: matching decodes it on the stack. Topics and paths are shorter. */
    EB_WILDCARD_BYTES_MAX = 1024,

    /* What matching one event may cost beside what its matches cost: values compared with
     * predicates. Ordinary events need a few dozen; some milliseconds pass before this is spent. */
    EB_MATCH_STEPS_MAX = 4 * 1000 * 1000,

    /* Branches of `$or`s of which is told why they did not match: a person reads the first few. */
    EB_MISMATCHES_MAX = 8,

    /* MQTT 5 §1.5.4: a UTF-8 string's length is two bytes. */
    EB_TOPIC_BYTES_MAX = 65535,
    /* Mosquitto refuses topics with more levels (its TOPIC_HIERARCHY_LIMIT). */
    EB_TOPIC_LEVELS_MAX = 200,

    /* User properties of one message, and the bytes its properties may take: far beyond what is
     * metadata (HTTP servers stop at a hundred header fields and 8 KiB). */
    EB_USER_PROPERTIES_MAX = 1000,
    EB_PROPERTIES_BYTES_MAX = 1024 * 1024,

    /* A will's payload: two bytes of length (MQTT 5 §1.5.6). With its topic, client id and user
     * name, which are not longer, and the properties that a plugin looks at: a will. */
    EB_WILL_PAYLOAD_BYTES_MAX = 65535,
    EB_WILL_BYTES_MAX = 4 * EB_WILL_PAYLOAD_BYTES_MAX + 2 * EB_PROPERTIES_BYTES_MAX,

    /* What the broker can put into one packet (MQTT 5 §2.1.4: 268,435,455 bytes), less room for
     * topic and properties. */
    EB_PUBLISH_BYTES_MAX = 256 * 1024 * 1024 - 2 * 1024 * 1024,

    /* Keys a contract remembers to let an event through once, at most 72 bytes each: 4 MiB, which
     * is a hundred events a second for ten minutes; and at most 256 MiB. */
    EB_SEEN_KEYS_DEFAULT = 64 * 1024,
    EB_SEEN_KEYS_MAX = 4 * 1024 * 1024,

    /* QoS 2 events remembered because they may be sent again, of all clients: three thousand that
     * have all in flight that Mosquitto lets them, for 10 MiB at most. */
    EB_RESEND_EVENTS_MAX = 64 * 1024,
    /* Of one client: what Mosquitto lets it have in flight (its `max_inflight_messages`), unless
     * `retransmissions.in_flight` says otherwise. New events are compared with that many. */
    EB_RESEND_IN_FLIGHT_DEFAULT = 20,
    EB_RESEND_IN_FLIGHT_MAX = 1000,
    /* The longest keep alive, and that of clients without one: what was sent more than twice as
     * long before a loss had been acknowledged. Ten minutes; a broken TCP connection is known by
     * then. */
    EB_RESEND_KEEPALIVE_MAX_S = 300,
    /* How long after a loss a client may come back with them: reconnecting takes libraries seconds,
     * and with every second more what is alike may be new. */
    EB_RESEND_WITHIN_S_DEFAULT = 60,
    /* What is sent again is sent at once, as fast as the line allows. */
    EB_RESEND_PAUSE_S = 10,

    /* Lines a second that devices may cause in the broker's log: a person reads no more, and a
     * flood of bad events must not become a full disk. */
    EB_LOG_LINES_PER_SECOND = 10,

    /* Statistics: contracts and rules told of below $SYS, where each figure is a retained message
     * that every subscriber of the tree gets at once; in the file for Prometheus, where each is a
     * series kept for years; targets of one rule; clients and topics in the lists. The busiest are
     * told, and nothing of those that have done nothing: each message that the broker keeps makes
     * its search among them longer. */
    EB_SYS_ENTRIES_MAX = 100,
    EB_PROMETHEUS_ENTRIES_MAX = 1000,
    EB_STATISTICS_TARGETS_MAX = 16,
    EB_STATISTICS_LIST_MAX = 20,
    /* Contracts and rules whose busiest the broker's own thread looks for: some twenty microseconds
     * an interval. */
    EB_BRIEF_ENTRIES_MAX = 4096,

    /* Control: a request holds a schema or a rule or some hundred commands; each of these may build
     * the whole configuration anew. Answers hold the longest document that may be in force, or a
     * part of a list. */
    EB_CONTROL_BYTES_MAX = 4 * 1024 * 1024,
    EB_CONTROL_COMMANDS_MAX = 100,
    EB_CONTROL_ANSWER_BYTES_MAX = 40 * 1024 * 1024,
    EB_CONTROL_LIST_DEFAULT = 100,
    EB_CONTROL_LIST_MAX = 10000,
    EB_CONTROL_DIAGS_MAX = 50,
    /* Requests that wait for the worker, of all clients: an operator or two, and a script. */
    EB_CONTROL_WAITING_MAX = 16,

    /* Clients that watch verdicts at a time, and for how long before they ask again: one that has
     * gone silent must not be sent to for ever. Lines a second, of each: what is read by people;
     * and bytes, so that what waits for one that does not read stays below 16 MiB. */
    EB_WATCH_CLIENTS_MAX = 4,
    EB_WATCH_SECONDS_MAX = 60,
    EB_WATCH_LINES_DEFAULT = 50,
    EB_WATCH_LINES_MAX = 500,
    EB_WATCH_BYTES_PER_SECOND = 256 * 1024,
    EB_WATCH_LINE_BYTES = 16 * 1024,

    /* Names of contracts, rules and subjects: a file's stem on any file system. */
    EB_NAME_BYTES_MAX = 128,

    /* What all rules may take once compiled, unless `limits.rules_bytes` says otherwise: three
     * million of two fields and one target. */
    EB_RULES_BYTES_DEFAULT = 1024 * 1024 * 1024,

    /* A file of rules, one a line: three million of 350 bytes. */
    EB_LINES_BYTES_MAX = 1024 * 1024 * 1024,
    /* Directories inside one another in the registry: published schemas need three or four. */
    EB_REGISTRY_DEPTH_MAX = 16,

    /* What one `check` prints before it says "and N more". */
    EB_DIAGS_MAX = 1000,
};

#endif
