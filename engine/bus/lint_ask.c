#include "bus/lint_ask.h"

#include <stdlib.h>

#include "base/limits.h"
#include "pattern/pattern_question.h"
#include "json/writer.h"

void eb_lint_ask_init(struct eb_lint_ask *ask, struct eb_linter *linter)
{
    *ask = (struct eb_lint_ask){ .linter = linter };
    eb_arena_init_growing(&ask->arena, SIZE_MAX);
    eb_map_init(&ask->numbers, &ask->arena);
    eb_map_init(&ask->schema_numbers, &ask->arena);
}

void eb_lint_ask_release(struct eb_lint_ask *ask)
{
    for (uint32_t i = 0; i < ask->schema_count; i++)
        free(ask->schemas[i].answers);
    free(ask->schemas);
    free(ask->questions);
    eb_diag_release_arena(ask->linter->diags, &ask->arena);
}

/* Room for one more on the heap; NULL, noted, without memory. */
static void *add(struct eb_lint_ask *ask, void *items, uint32_t *count, uint32_t *room, size_t size)
{
    if (*count < *room)
        return items;
    uint32_t more = *room ? 2 * *room : 16;
    void *grown = realloc(items, more * size);
    if (!grown) {
        ask->is_out_of_memory = true;
        return NULL;
    }
    *room = more;
    return grown;
}

/* The number behind a key in a map; `next`, put there, when it is new. */
static uint32_t number_of(
    struct eb_lint_ask *ask, struct eb_map *map, struct eb_span key, uint32_t next)
{
    const uint32_t *known = eb_map_get(map, key);
    if (known)
        return *known;
    struct eb_span copy = eb_arena_copy(&ask->arena, key);
    uint32_t *number = EB_ARENA_NEW(&ask->arena, uint32_t);
    if (!copy.ptr || !number || !eb_map_put(map, copy, number)) {
        ask->is_out_of_memory = true;
        return UINT32_MAX;
    }
    *number = next;
    return next;
}

/* ---- questions ---- */

static uint32_t add_question(
    struct eb_lint_ask *ask, struct eb_span key, struct eb_lint_question question)
{
    uint32_t number = number_of(ask, &ask->numbers, key, ask->question_count);
    if (number != ask->question_count || ask->is_out_of_memory)
        return number;
    struct eb_lint_question *questions =
        add(ask, ask->questions, &ask->question_count, &ask->question_room, sizeof *questions);
    if (!questions)
        return EB_NO_QUESTION;
    ask->questions = questions;
    questions[ask->question_count++] = question;
    return number;
}

/* Patterns of one snapshot that ask the same are the same code. */
static struct eb_span exact_key(struct eb_items items)
{
    return eb_span((const char *)items.next, (size_t)(items.end - items.next) * sizeof *items.next);
}

/*
 * Coarsely, all fields of one path that ask for values of the same types ask the same. One byte
 * more than whole words: the code of no pattern is as long.
 */
struct coarse_key {
    char bytes[3 * sizeof(uint32_t) + 1];
};

/* False: only one field can be asked about so. */
static bool make_coarse_key(struct eb_items items, struct coarse_key *key)
{
    struct eb_item item;
    if (!eb_items_next(&items, &item) || eb_item_is_or(&item) || items.next != items.end)
        return false;
    const uint32_t words[3] = { item.path, eb_question_types(&item.predicates),
        item.can_be_absent };
    *key = (struct coarse_key){ { 0 } };
    memcpy(key->bytes, words, sizeof words);
    return true;
}

static struct eb_span coarse_span(const struct coarse_key *key)
{
    return eb_span(key->bytes, sizeof key->bytes);
}

uint32_t eb_lint_ask_find_items(struct eb_lint_ask *ask, struct eb_items items)
{
    struct coarse_key key;
    const uint32_t *known = eb_map_get(&ask->numbers, exact_key(items));
    if (!known && make_coarse_key(items, &key))
        known = eb_map_get(&ask->numbers, coarse_span(&key));
    return known ? *known : EB_NO_QUESTION;
}

uint32_t eb_lint_ask_items(struct eb_lint_ask *ask, struct eb_items items)
{
    struct coarse_key key;
    struct eb_lint_question question = { .items = items };
    if (ask->question_count < ask->exact_max || eb_map_get(&ask->numbers, exact_key(items)))
        return add_question(ask, exact_key(items), question);
    if (!make_coarse_key(items, &key))
        return EB_NO_QUESTION;
    question.is_coarse = true;
    return add_question(ask, coarse_span(&key), question);
}

uint32_t eb_lint_ask_text(struct eb_lint_ask *ask, struct eb_items items, struct eb_span text)
{
    struct eb_span code = items.next ? exact_key(items) : eb_span(NULL, 0);
    char *key = eb_arena_alloc(&ask->arena, text.len + code.len, 1);
    if (!key) {
        ask->is_out_of_memory = true;
        return EB_NO_QUESTION;
    }
    memcpy(key, text.ptr, text.len);
    if (code.len)
        memcpy(key + text.len, code.ptr, code.len);
    struct eb_span whole = eb_span(key, text.len + code.len);
    if (ask->question_count >= ask->exact_max && !eb_map_get(&ask->numbers, whole))
        return EB_NO_QUESTION;
    return add_question(
        ask, whole, (struct eb_lint_question){ .items = items, .text = eb_span(key, text.len) });
}

/* ---- schemas ---- */

static struct eb_span schema_key(const struct eb_schema *const *schema)
{
    return eb_span((const char *)schema, sizeof *schema);
}

static struct eb_lint_asked *find_schema(
    struct eb_lint_ask *ask, const struct eb_schema *schema, uint32_t root)
{
    uint32_t number = number_of(ask, &ask->schema_numbers, schema_key(&schema), ask->schema_count);
    if (ask->is_out_of_memory)
        return NULL;
    if (number == ask->schema_count) {
        struct eb_lint_asked *schemas =
            add(ask, ask->schemas, &ask->schema_count, &ask->schema_room, sizeof *schemas);
        if (!schemas)
            return NULL;
        ask->schemas = schemas;
        schemas[ask->schema_count++] = (struct eb_lint_asked){ .schema = schema, .root = root };
    }
    return &ask->schemas[number];
}

void eb_lint_ask_note(
    struct eb_lint_ask *ask, const struct eb_schema *schema, uint32_t root, uint32_t question)
{
    struct eb_lint_asked *asked =
        question == EB_NO_QUESTION ? NULL : find_schema(ask, schema, root);
    if (!asked || (asked->count && asked->answers[asked->count - 1].question == question))
        return;
    struct eb_lint_answer *answers =
        add(ask, asked->answers, &asked->count, &asked->room, sizeof *answers);
    if (!answers)
        return;
    asked->answers = answers;
    answers[asked->count++] = (struct eb_lint_answer){ .question = question };
}

/* ---- asking ---- */

static int compare_answers(const void *left, const void *right)
{
    const struct eb_lint_answer *a = left, *b = right;
    return (a->question > b->question) - (a->question < b->question);
}

static void sort_answers(struct eb_lint_asked *asked)
{
    uint32_t kept = 0;
    qsort(asked->answers, asked->count, sizeof *asked->answers, compare_answers);
    for (uint32_t i = 0; i < asked->count; i++) {
        if (kept == 0 || asked->answers[kept - 1].question != asked->answers[i].question)
            asked->answers[kept++] = asked->answers[i];
    }
    asked->count = kept;
}

/* Where definitions, and questions, are written: address space, touched on demand. */
enum { TEXT_BYTES_MAX = 256 * 1024 * 1024 };

struct texts {
    struct eb_arena arenas[2];
    struct eb_json_writer defs, questions;
};

static void write_question(
    struct eb_question_writer *writer, const struct eb_lint_question *question)
{
    struct eb_json_writer *out = writer->questions;
    writer->is_coarse = question->is_coarse;
    eb_json_open_object(out);
    eb_json_member_array(out, "allOf");
    if (question->items.next)
        eb_question_add(writer, question->items);
    if (question->text.ptr)
        eb_json_write_raw(out, question->text);
    eb_json_close_array(out);
    eb_json_close_object(out);
}

static void write_questions(
    const struct eb_lint_ask *ask, const struct eb_lint_asked *asked, struct texts *texts)
{
    struct eb_question_writer writer = {
        .paths = ask->linter->snapshot->paths,
        .defs = &texts->defs,
        .questions = &texts->questions,
        .root = asked->root,
    };
    eb_json_open_object(&texts->defs);
    eb_json_open_array(&texts->questions);
    for (uint32_t i = 0; i < asked->count; i++)
        write_question(&writer, &ask->questions[asked->answers[i].question]);
    eb_json_close_object(&texts->defs);
    eb_json_close_array(&texts->questions);
}

/* {"$defs":…,"anyOf":…}; ptr NULL when it is too much. */
static struct eb_span join(struct eb_lint_ask *ask, struct texts *texts)
{
    struct eb_span defs = eb_json_writer_finish(&texts->defs);
    struct eb_span questions = eb_json_writer_finish(&texts->questions);
    size_t room = defs.len + questions.len + sizeof "{'$defs':,'anyOf':}";
    char *text = defs.ptr && questions.ptr ? eb_arena_alloc(&ask->arena, room, 1) : NULL;
    struct eb_json_writer out;
    if (!text)
        return eb_span(NULL, 0);
    eb_json_writer_init(&out, text, room);
    eb_json_open_object(&out);
    eb_json_write_name(&out, eb_span_of("$defs"));
    eb_json_write_raw(&out, defs);
    eb_json_write_name(&out, eb_span_of("anyOf"));
    eb_json_write_raw(&out, questions);
    eb_json_close_object(&out);
    return eb_json_writer_finish(&out);
}

static void put_questions(
    struct eb_lint_ask *ask, struct eb_lint_asked *asked, struct eb_inquiry *inquiry)
{
    for (uint32_t i = 0; i < asked->count && ask->linter->steps; i++) {
        struct eb_lint_answer *answer = &asked->answers[i];
        struct eb_span example = { NULL, 0 };
        answer->answer = eb_inquiry_ask(inquiry, i, &ask->linter->steps, &example);
        if (answer->answer == EB_INQUIRY_CAN && ask->keeps_examples)
            answer->example = eb_arena_copy(&ask->arena, example);
    }
}

/* What cannot be asked (it would be too long, say) stays unknown. */
static void ask_text(struct eb_lint_ask *ask, struct eb_lint_asked *asked, struct eb_span text)
{
    struct eb_diag_list ours;
    eb_diag_list_init(&ours);
    struct eb_inquiry *inquiry = eb_inquiry_new(asked->schema, text, &ours);
    if (inquiry)
        put_questions(ask, asked, inquiry);
    ask->is_out_of_memory |= ours.is_out_of_memory;
    eb_inquiry_free(inquiry);
    eb_diag_list_release(&ours);
}

static void ask_schema(struct eb_lint_ask *ask, struct eb_lint_asked *asked)
{
    struct texts texts;
    bool has_room = eb_arena_init_reserved(&texts.arenas[0], TEXT_BYTES_MAX);
    has_room &= eb_arena_init_reserved(&texts.arenas[1], TEXT_BYTES_MAX);
    ask->is_out_of_memory |= !has_room;
    if (has_room) {
        eb_json_writer_init_arena(&texts.defs, &texts.arenas[0]);
        eb_json_writer_init_arena(&texts.questions, &texts.arenas[1]);
        sort_answers(asked);
        write_questions(ask, asked, &texts);
        struct eb_span text = join(ask, &texts);
        if (text.ptr)
            ask_text(ask, asked, text);
    }
    eb_arena_release(&texts.arenas[0]);
    eb_arena_release(&texts.arenas[1]);
}

bool eb_lint_ask_all(struct eb_lint_ask *ask)
{
    for (uint32_t i = 0; i < ask->schema_count && !ask->is_out_of_memory; i++)
        ask_schema(ask, &ask->schemas[i]);
    if (ask->is_out_of_memory)
        eb_diag_add_out_of_memory(ask->linter->diags);
    return !ask->is_out_of_memory;
}

const struct eb_lint_answer *eb_lint_ask_answer(
    const struct eb_lint_ask *ask, const struct eb_schema *schema, uint32_t question)
{
    const uint32_t *number = eb_map_get(&ask->schema_numbers, schema_key(&schema));
    const struct eb_lint_answer wanted = { .question = question };
    if (!number)
        return NULL;
    const struct eb_lint_asked *asked = &ask->schemas[*number];
    return bsearch(&wanted, asked->answers, asked->count, sizeof wanted, compare_answers);
}
