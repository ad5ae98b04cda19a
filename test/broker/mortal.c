#include "mortal.h"

#include "peer.h"

const char *eb_ending_name(enum eb_ending ending)
{
    static const char *const names[] = {
        [EB_DROPS] = "drops",
        [EB_ASKS] = "asks",
        [EB_IS_REPLACED] = "is replaced",
        [EB_IS_LATE] = "is late",
        [EB_LEAVES] = "leaves",
    };
    return names[ending];
}

bool eb_ending_is_for(enum eb_ending ending, int protocol)
{
    return protocol == 5 || (ending != EB_ASKS && ending != EB_IS_LATE);
}

void eb_mortal_live(struct eb_server *server, const char *id, const char *username, int protocol,
    enum eb_ending ending, struct eb_will will)
{
    will.delay_s = ending == EB_IS_LATE ? 1 : 0;
    struct eb_wire next,
        wire = eb_wire_connect_leaving(server, id, protocol, false, username, &will);
    switch (ending) {
    case EB_DROPS:
    case EB_IS_LATE: eb_wire_drop(&wire); break;
    case EB_ASKS: eb_wire_leave(&wire, true); break;
    case EB_IS_REPLACED:
        next = eb_wire_connect(server, id, protocol, false);
        eb_wire_leave(&next, false);
        eb_wire_drop(&wire);
        break;
    case EB_LEAVES: eb_wire_leave(&wire, false); break;
    }
}

void eb_mortal_teach(struct eb_server *server)
{
    for (int protocol = 4; protocol <= 5; protocol++) {
        struct eb_peer *teacher = eb_peer_connect(server, "teacher", protocol);
        for (int qos = 0; qos <= 2; qos++)
            eb_peer_publish_text(teacher, "plain/open/lesson", "1", qos);
        eb_peer_disconnect(teacher);
    }
}
