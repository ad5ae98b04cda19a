#include "json/names.h"

#include "base/hash.h"

enum { FEW_MAX = 16 }; /* up to here comparing each with each is cheaper than hashing */

static uint32_t find_among_few(const struct eb_doc *doc, uint32_t object)
{
    EB_DOC_EACH_MEMBER(doc, object, name)
    {
        for (uint32_t earlier = object + 1; earlier < name;
             earlier = doc->tokens[earlier + 1].next) {
            if (eb_doc_strings_equal(doc, earlier, doc, name))
                return name;
        }
    }
    return EB_NO_TOKEN;
}

/* A hash table of tokens; the hash is keyed, so nobody can make names collide on purpose. */
static uint32_t find_among_many(const struct eb_doc *doc, uint32_t object, uint32_t *slots)
{
    const struct eb_hash_key *key = eb_hash_key();
    uint32_t count = doc->tokens[object].count, slot_count = 4;
    while (slot_count < 2 * count)
        slot_count *= 2;
    memset(slots, 0, slot_count * sizeof *slots);
    EB_DOC_EACH_MEMBER(doc, object, name)
    {
        uint32_t slot = (uint32_t)eb_doc_string_hash(doc, name, key) & (slot_count - 1);
        for (; slots[slot]; slot = (slot + 1) & (slot_count - 1)) {
            if (eb_doc_strings_equal(doc, slots[slot], doc, name))
                return name;
        }
        slots[slot] = name; /* never 0, which is the whole document */
    }
    return EB_NO_TOKEN;
}

uint32_t eb_names_find_repeated(const struct eb_doc *doc, uint32_t object, void *scratch)
{
    if (doc->tokens[object].count <= FEW_MAX)
        return find_among_few(doc, object);
    return find_among_many(doc, object, scratch);
}
