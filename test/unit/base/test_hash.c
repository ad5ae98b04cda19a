#include "eb_test.h"

#include "base/hash.h"

/* SipHash-1-3 of the bytes 00 01 … len-1 under the key 00 01 … 0f, from an independent program that
 * gives the authors' published vectors at 2 and 4 rounds. */
static void hash__is_siphash_1_3(void **state)
{
    (void)state;
    static const struct {
        size_t len;
        uint64_t want;
    } cases[] = {
        { 0, UINT64_C(0xabac0158050fc4dc) },
        { 1, UINT64_C(0xc9f49bf37d57ca93) },
        { 7, UINT64_C(0xd3927d989bb11140) },
        { 8, UINT64_C(0x369095118d299a8e) },
        { 15, UINT64_C(0xd320d86d2a519956) },
        { 63, UINT64_C(0x9d199062b7bbb3a8) },
    };
    struct eb_hash_key key = { UINT64_C(0x0706050403020100), UINT64_C(0x0f0e0d0c0b0a0908) };
    unsigned char bytes[64];
    for (int i = 0; i < 64; i++)
        bytes[i] = (unsigned char)i;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_true(eb_hash(&key, bytes, cases[i].len) == cases[i].want);
}

/* The same program: it gives the authors' 128-bit vectors too. */
static void digest__is_siphash_1_3_128(void **state)
{
    (void)state;
    static const struct {
        size_t len;
        struct eb_digest want;
    } cases[] = {
        { 0, { UINT64_C(0xbea58827b2bc7ee7), UINT64_C(0x13030dd6adb62fd) } },
        { 1, { UINT64_C(0xa8edd36004376ffc), UINT64_C(0x63f02f2bcc73055e) } },
        { 7, { UINT64_C(0xc3e0aaf223b98410), UINT64_C(0x77ab4808c82e2fa6) } },
        { 8, { UINT64_C(0xb4dae3d5e1fe12aa), UINT64_C(0x99c7f935ab164f72) } },
        { 15, { UINT64_C(0x6c52bdb205557ec1), UINT64_C(0x9017e1eeccd2129) } },
        { 63, { UINT64_C(0x6f42fe4ee300584c), UINT64_C(0xad6052a70a6b9f07) } },
    };
    struct eb_hash_key key = { UINT64_C(0x0706050403020100), UINT64_C(0x0f0e0d0c0b0a0908) };
    unsigned char bytes[64];
    for (int i = 0; i < 64; i++)
        bytes[i] = (unsigned char)i;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct eb_hasher hasher;
        eb_hasher_init_wide(&hasher, &key);
        eb_hasher_add(&hasher, bytes, cases[i].len);
        assert_true(eb_digest_equal(eb_hasher_end_wide(&hasher), cases[i].want));
    }
}

static struct eb_digest digest_of(const char *const *texts, size_t count)
{
    static const struct eb_hash_key key = { 1, 2 };
    struct eb_hasher hasher;
    eb_hasher_init_wide(&hasher, &key);
    for (size_t i = 0; i < count; i++)
        eb_hasher_add_counted(&hasher, texts[i], strlen(texts[i]));
    return eb_hasher_end_wide(&hasher);
}

static void hasher__tells_counted_pieces_apart(void **state)
{
    (void)state;
    static const char *const pieces[][3] = {
        { "ab", "c", "" },
        { "a", "bc", "" },
        { "", "abc", "" },
        { "abc", "", "" },
        { "", "", "abc" },
    };
    enum { CASES = sizeof pieces / sizeof *pieces };
    for (size_t i = 0; i < CASES; i++) {
        for (size_t j = 0; j < CASES; j++)
            assert_int_equal(
                eb_digest_equal(digest_of(pieces[i], 3), digest_of(pieces[j], 3)), i == j);
    }
}

static void hash__depends_on_key_bytes_and_length(void **state)
{
    (void)state;
    struct eb_hash_key key = { UINT64_C(0x0706050403020100), UINT64_C(0x0f0e0d0c0b0a0908) };
    unsigned char bytes[64];
    for (int i = 0; i < 64; i++)
        bytes[i] = (unsigned char)i;
    uint64_t seen[64];
    for (size_t len = 0; len < 64; len++) {
        seen[len] = eb_hash(&key, bytes, len);
        for (size_t other = 0; other < len; other++)
            assert_true(seen[len] != seen[other]);
        struct eb_hash_key other_key = { key.k0 ^ 1, key.k1 };
        assert_true(eb_hash(&other_key, bytes, len) != seen[len]);
    }
}

static void hasher__does_not_care_where_pieces_end(void **state)
{
    (void)state;
    static const struct eb_hash_key key = { 5, 6 };
    static const char bytes[] = "thirty-five bytes, cut every way..";
    uint64_t want = eb_hash(&key, bytes, sizeof bytes);
    for (size_t first = 0; first <= sizeof bytes; first++) {
        for (size_t second = first; second <= sizeof bytes; second++) {
            struct eb_hasher hasher;
            eb_hasher_init(&hasher, &key);
            eb_hasher_add(&hasher, bytes, first);
            eb_hasher_add(&hasher, bytes + first, second - first);
            eb_hasher_add(&hasher, bytes + second, sizeof bytes - second);
            assert_true(eb_hasher_end(&hasher) == want);
        }
    }
}

static void key__is_drawn_once(void **state)
{
    (void)state;
    const struct eb_hash_key *key = eb_hash_key();
    assert_ptr_equal(key, eb_hash_key());
    assert_true(key->k0 || key->k1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hash__is_siphash_1_3),
        cmocka_unit_test(digest__is_siphash_1_3_128),
        cmocka_unit_test(hasher__tells_counted_pieces_apart),
        cmocka_unit_test(hash__depends_on_key_bytes_and_length),
        cmocka_unit_test(hasher__does_not_care_where_pieces_end),
        cmocka_unit_test(key__is_drawn_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
