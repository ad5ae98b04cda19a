#include "eb_test.h"

#include "pattern/fields.h"
#include "json/reader.h"

struct fixture {
    struct eb_arena compiled, arena;
    struct eb_paths *paths;
};

static int set_up(void **state)
{
    static struct fixture fixture;
    eb_arena_init_growing(&fixture.compiled, SIZE_MAX);
    assert_true(eb_arena_init_reserved(&fixture.arena, 1 << 20));
    fixture.paths = eb_paths_new(&fixture.compiled);
    assert_non_null(fixture.paths);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    eb_arena_release(&fixture->arena);
    eb_arena_release(&fixture->compiled);
    return 0;
}

/* The path of the names, which slashes separate here, from `path`. */
static uint32_t compare(struct fixture *fixture, uint32_t path, const char *names, unsigned needs)
{
    for (const char *slash; (slash = strchr(names, '/')); names = slash + 1)
        path = eb_paths_intern(fixture->paths, path, eb_span(names, (size_t)(slash - names)));
    path = eb_paths_intern(fixture->paths, path, eb_span_of(names));
    eb_paths_compare(fixture->paths, path, needs);
    return path;
}

static struct eb_fields *read_event(
    struct fixture *fixture, const char *event, const struct eb_message *message)
{
    static struct eb_doc doc;
    struct eb_json_fault fault;
    if (event)
        assert_int_equal(
            eb_json_read(&doc, eb_span_of(event), &eb_json_limits_max, &fixture->arena, &fault),
            EB_JSON_OK);
    assert_true(eb_paths_freeze(fixture->paths));
    struct eb_fields *fields =
        eb_fields_read(fixture->paths, event ? &doc : NULL, message, &fixture->arena);
    assert_non_null(fields);
    return fields;
}

static const struct eb_field *first(const struct eb_fields *fields, uint32_t path)
{
    const struct eb_path_fields *found = eb_fields_find(fields, path);
    return found ? &found->first : NULL;
}

/* The texts of a path's fields, a blank behind each. */
static const char *texts(const struct eb_fields *fields, uint32_t path)
{
    static char out[200];
    size_t len = 0;
    out[0] = '\0';
    for (const struct eb_field *field = first(fields, path); field; field = field->next)
        len += (size_t)snprintf(out + len, sizeof out - len, "%.*s ", (int)field->value.text.len,
            field->value.text.ptr);
    return out;
}

static void paths__are_interned_once_and_written_with_dots(void **state)
{
    struct fixture *fixture = *state;
    uint32_t a = compare(fixture, EB_PATH_PAYLOAD, "a", 0);
    uint32_t ab = compare(fixture, EB_PATH_PAYLOAD, "a/b", 0);
    uint32_t topic = compare(fixture, EB_PATH_MESSAGE, "topic", 0);
    assert_int_equal(compare(fixture, EB_PATH_PAYLOAD, "a/b", 0), ab);
    assert_int_not_equal(compare(fixture, EB_PATH_PAYLOAD, "b", 0), ab);
    assert_int_equal(eb_paths_find(fixture->paths, a, eb_span_of("b")), ab);
    assert_int_equal(eb_paths_find(fixture->paths, ab, eb_span_of("b")), EB_NO_PATH);
    assert_int_equal(eb_paths_find(fixture->paths, EB_PATH_MESSAGE, eb_span_of("a")), EB_NO_PATH);
    assert_span_equal(eb_paths_text(fixture->paths, ab, &fixture->arena), "a.b");
    assert_span_equal(eb_paths_text(fixture->paths, a, &fixture->arena), "a");
    assert_span_equal(eb_paths_text(fixture->paths, topic, &fixture->arena), "$mqtt.topic");
}

static void paths__survive_growing(void **state)
{
    struct fixture *fixture = *state;
    char name[16];
    for (uint32_t i = 0; i < 5000; i++) {
        snprintf(name, sizeof name, "n%u", i);
        assert_int_equal(compare(fixture, EB_PATH_PAYLOAD, name, 0), i + 2);
    }
    for (uint32_t i = 0; i < 5000; i++) {
        snprintf(name, sizeof name, "n%u", i);
        assert_int_equal(eb_paths_find(fixture->paths, EB_PATH_PAYLOAD, eb_span_of(name)), i + 2);
    }
}

static void read__keeps_only_scalars_at_compared_paths(void **state)
{
    struct fixture *fixture = *state;
    uint32_t ab = compare(fixture, EB_PATH_PAYLOAD, "a/b", 0);
    uint32_t c = compare(fixture, EB_PATH_PAYLOAD, "c", 0);
    uint32_t a = eb_paths_find(fixture->paths, EB_PATH_PAYLOAD, eb_span_of("a"));
    struct eb_fields *fields = read_event(
        fixture, "{\"a\":{\"b\":1,\"x\":2},\"b\":3,\"c\":{\"b\":4},\"a.b\":[5,{\"b\":6}]}", NULL);
    assert_string_equal(texts(fields, ab), "1 5 ");
    assert_string_equal(texts(fields, c), "");
    assert_string_equal(texts(fields, a), "");
}

static void read__decodes_names_and_strings(void **state)
{
    struct fixture *fixture = *state;
    uint32_t path = compare(fixture, EB_PATH_PAYLOAD, "ä/b", EB_NEEDS_FOLDED);
    struct eb_fields *fields =
        read_event(fixture, "{\"\\u00e4\\u002eb\":\"\\u0041\\n\",\"ä\":{\"b\":\"Q\"}}", NULL);
    assert_string_equal(texts(fields, path), "A\n Q ");
    assert_span_equal(first(fields, path)->value.folded, "a\n");
}

static void read__knows_which_elements_differ(void **state)
{
    struct fixture *fixture = *state;
    uint32_t b = compare(fixture, EB_PATH_PAYLOAD, "a/b", 0);
    uint32_t c = compare(fixture, EB_PATH_PAYLOAD, "a/c", 0);
    uint32_t d = compare(fixture, EB_PATH_PAYLOAD, "a/d/e", 0);
    uint32_t a = compare(fixture, EB_PATH_PAYLOAD, "a", 0);
    struct eb_fields *fields = read_event(fixture,
        "{\"a\":[{\"b\":0,\"d\":[{\"e\":0},{\"e\":1}]},{\"b\":1,\"c\":1,\"d\":{\"e\":2}},9]}",
        NULL);
    const struct eb_element *b0 = first(fields, b)->element;
    const struct eb_element *b1 = first(fields, b)->next->element;
    const struct eb_element *c1 = first(fields, c)->element;
    const struct eb_element *d0 = first(fields, d)->element;
    const struct eb_element *d1 = first(fields, d)->next->element;
    const struct eb_element *d2 = first(fields, d)->next->next->element;
    assert_null(first(fields, a)->element);
    assert_ptr_equal(b1, c1);
    assert_ptr_equal(c1, d2);
    const struct eb_element *theirs = NULL;
    assert_true(eb_elements_conflict(b0, b1, &theirs));
    assert_ptr_equal(theirs, b1);
    assert_true(eb_elements_conflict(c1, d0, &theirs));
    assert_ptr_equal(theirs, b0);
    assert_true(eb_elements_conflict(d0, d1, &theirs));
    assert_ptr_equal(theirs, d1);
    assert_false(eb_elements_conflict(b0, d0, &theirs));
    assert_false(eb_elements_conflict(d1, b0, &theirs));
    assert_false(eb_elements_conflict(NULL, d1, &theirs));
}

static void read__makes_many_fields_of_a_path_searchable(void **state)
{
    struct fixture *fixture = *state;
    uint32_t few = compare(fixture, EB_PATH_PAYLOAD, "few", 0);
    uint32_t many = compare(fixture, EB_PATH_PAYLOAD, "many", 0);
    struct eb_fields *fields =
        read_event(fixture, "{\"many\":[0,1,2,3,4,5,6,7,8,9],\"few\":[0,1,2,3,4,5,6,7]}", NULL);
    uint32_t paths[] = { few, many };
    for (size_t i = 0; i < 2; i++) {
        const struct eb_path_fields *found = eb_fields_find(fields, paths[i]);
        uint32_t number = 0;
        for (const struct eb_field *field = &found->first; field; field = field->next, number++) {
            assert_int_equal(field->number, number);
            assert_ptr_equal(eb_path_fields_from(found, field->token), field);
            assert_ptr_equal(eb_path_fields_from(found, field->token + 1), field->next);
        }
        assert_int_equal(number, found->count);
        assert_ptr_equal(eb_path_fields_from(found, 0), &found->first);
    }
}

static const struct eb_user_property user[] = {
    { EB_SPAN("k"), EB_SPAN("v1") },
    { EB_SPAN("k.l"), EB_SPAN("w") },
    { EB_SPAN("k"), EB_SPAN("v2") },
};

static const struct eb_message message = {
    .topic = EB_SPAN("site//door"),
    .client_id = EB_SPAN("client"),
    .username = EB_SPAN("anna"),
    .qos = 1,
    .is_retain = true,
    .properties = { .content_type = EB_SPAN("text/x"), .user = user, .user_count = 3 },
};

static void read__presents_the_message_as_its_own_root(void **state)
{
    struct fixture *fixture = *state;
    static const struct {
        const char *path, *want;
    } cases[] = {
        { "topic", "site//door " },
        { "level", "site  door " },
        { "clientid", "client " },
        { "username", "anna " },
        { "qos", "1 " },
        { "retain", "true " },
        { "content-type", "text/x " },
        { "user/k", "v1 v2 " },
        { "user/k/l", "w " },
    };
    uint32_t paths[sizeof cases / sizeof cases[0]];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        paths[i] = compare(fixture, EB_PATH_MESSAGE, cases[i].path, 0);
    struct eb_fields *fields = read_event(fixture, NULL, &message);
    assert_false(fields->has_payload);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_string_equal(texts(fields, paths[i]), cases[i].want);
}

static void read__lets_no_payload_into_the_message(void **state)
{
    struct fixture *fixture = *state;
    static const struct eb_message anonymous = { .topic = EB_SPAN("t") };
    static const char *const events[] = {
        "{\"$mqtt\":{\"username\":\"root\"}}",
        "{\"$mqtt.username\":\"root\"}",
        "{\"\\u0024mqtt\":[{\"username\":\"root\"}]}",
        "{\"username\":\"root\"}",
        "{\"\":{\"$mqtt\":{\"username\":\"root\"}}}",
    };
    uint32_t path = compare(fixture, EB_PATH_MESSAGE, "username", 0);
    for (size_t i = 0; i < sizeof events / sizeof events[0]; i++)
        assert_null(first(read_event(fixture, events[i], &anonymous), path));
}

static void read__says_when_the_arena_is_exhausted(void **state)
{
    struct fixture *fixture = *state;
    compare(fixture, EB_PATH_PAYLOAD, "ä", EB_NEEDS_FOLDED);
    compare(fixture, EB_PATH_PAYLOAD, "a/b", 0);
    compare(fixture, EB_PATH_MESSAGE, "topic", EB_NEEDS_FOLDED);
    static const char event[] = "{\"\\u00e4\":\"\\u0041BC\",\"a\":[{\"b\":1},{\"b\":2}]}";
    struct eb_doc doc;
    struct eb_json_fault fault;
    assert_int_equal(
        eb_json_read(&doc, eb_span_of(event), &eb_json_limits_max, &fixture->arena, &fault),
        EB_JSON_OK);
    size_t bytes = 4096;
    for (;; bytes += 8) {
        struct eb_arena arena;
        assert_true(eb_arena_init_reserved(&arena, bytes));
        assert_non_null(eb_arena_alloc(&arena, 4096 - 64, 1));
        bool is_read = eb_fields_read(fixture->paths, &doc, &message, &arena);
        eb_arena_release(&arena);
        if (is_read)
            break;
    }
    assert_true(bytes > 4096);
}

/* So many that finding them goes in steps; the second time some have members themselves. */
static void read__finds_members_among_thousands_of_paths(void **state)
{
    struct fixture *fixture = *state;
    enum { PATHS = 5000 };
    for (int has_deep = 0; has_deep < 2; has_deep++) {
        uint32_t paths[PATHS], deep = EB_NO_PATH;
        fixture->paths = eb_paths_new(&fixture->compiled);
        for (int i = 0; i < PATHS; i++) {
            char name[16];
            snprintf(name, sizeof name, "f-%d", i);
            paths[i] = compare(fixture, EB_PATH_PAYLOAD, name, 0);
        }
        if (has_deep)
            deep = compare(fixture, EB_PATH_PAYLOAD, "d/x", 0);
        struct eb_fields *fields = read_event(fixture,
            "{\"f-0\":\"a\",\"f-4999\":\"b\",\"f-5000\":\"c\",\"\\u0066-17\":\"d\","
            "\"\":\"e\",\"d.x\":\"f\",\"f\":{\"f-1\":\"g\"}}",
            NULL);
        assert_span_equal(first(fields, paths[0])->value.text, "a");
        assert_span_equal(first(fields, paths[4999])->value.text, "b");
        assert_span_equal(first(fields, paths[17])->value.text, "d");
        assert_null(first(fields, paths[1]));
        assert_int_equal(fields->path_count, 3 + has_deep);
        if (has_deep)
            assert_span_equal(first(fields, deep)->value.text, "f");
        eb_arena_reset(&fixture->arena);
    }
}

/* Every one of them, wherever in the table its hash has led it. */
static void read__finds_each_of_thousands_of_members(void **state)
{
    struct fixture *fixture = *state;
    enum { PATHS = 20000, AT_ONCE = 100 };
    static uint32_t paths[PATHS];
    for (int i = 0; i < PATHS; i++) {
        char name[32];
        snprintf(name, sizeof name, i % 2 ? "f-%d" : "a name so long %d", i);
        paths[i] = compare(fixture, EB_PATH_PAYLOAD, name, 0);
    }
    for (int i = 0; i < PATHS; i += AT_ONCE) {
        char event[AT_ONCE * 40] = "{";
        size_t len = 1;
        for (int j = i; j < i + AT_ONCE; j++)
            len += (size_t)sprintf(
                event + len, j % 2 ? "\"f-%d\":%d," : "\"a name so long %d\":%d,", j, j);
        strcpy(event + len - 1, "}");
        const struct eb_fields *fields = read_event(fixture, event, NULL);
        assert_int_equal(fields->path_count, AT_ONCE);
        for (int j = i; j < i + AT_ONCE; j++) {
            char want[16];
            snprintf(want, sizeof want, "%d", j);
            assert_span_equal(first(fields, paths[j])->value.text, want);
        }
        eb_arena_reset(&fixture->arena);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(paths__are_interned_once_and_written_with_dots),
        TEST(paths__survive_growing),
        TEST(read__keeps_only_scalars_at_compared_paths),
        TEST(read__decodes_names_and_strings),
        TEST(read__knows_which_elements_differ),
        TEST(read__makes_many_fields_of_a_path_searchable),
        TEST(read__presents_the_message_as_its_own_root),
        TEST(read__lets_no_payload_into_the_message),
        TEST(read__finds_members_among_thousands_of_paths),
        TEST(read__finds_each_of_thousands_of_members),
        TEST(read__says_when_the_arena_is_exhausted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
