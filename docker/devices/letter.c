#include "letter.h"

static const char *text_of(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

bool eb_letter_read(struct eb_letter *letter, struct eb_span payload)
{
    json_t *root =
        json_loadb(payload.ptr, payload.len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
    const json_t *contract = json_array_get(json_object_get(root, "contracts"), 0);
    *letter = (struct eb_letter){
        .root = root,
        .reason = text_of(root, "reason"),
        .topic = text_of(root, "topic"),
        .contract = text_of(contract, "name"),
        .schema = text_of(contract, "schema"),
        .rule = text_of(root, "rule"),
        .fault_count = json_array_size(json_object_get(root, "faults")),
    };
    if (letter->reason && letter->topic)
        return true;
    eb_letter_release(letter);
    return false;
}

void eb_letter_release(struct eb_letter *letter)
{
    json_decref(letter->root);
    *letter = (struct eb_letter){ 0 };
}

static const char *text_or_empty(const json_t *object, const char *name)
{
    const char *text = text_of(object, name);
    return text ? text : "";
}

struct eb_letter_fault eb_letter_fault(const struct eb_letter *letter, size_t index)
{
    const json_t *fault = json_array_get(json_object_get(letter->root, "faults"), index);
    return (struct eb_letter_fault){
        .instance_location = text_or_empty(fault, "instanceLocation"),
        .keyword_location = text_or_empty(fault, "keywordLocation"),
        .sentence = text_or_empty(fault, "error"),
    };
}
