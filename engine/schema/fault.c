#include "schema/schema.h"

static void write_location(struct eb_json_writer *writer, const char *name, struct eb_span location)
{
    if (!location.ptr)
        return;
    eb_json_write_name(writer, eb_span_of(name));
    eb_json_write_string(writer, location);
}

void eb_fault_write(const struct eb_fault *fault, struct eb_json_writer *writer)
{
    eb_json_open_object(writer);
    write_location(writer, "keywordLocation", fault->keyword_location);
    write_location(writer, "absoluteKeywordLocation", fault->absolute_keyword_location);
    write_location(writer, "instanceLocation", fault->instance_location);
    write_location(writer, "error", fault->error);
    eb_json_close_object(writer);
}
