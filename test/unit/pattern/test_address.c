#include "eb_test.h"

#include <arpa/inet.h>

#include "pattern/address.h"

static const char *address_text(const struct eb_address *address, char out[INET6_ADDRSTRLEN])
{
    if (address->len == 0)
        return "none";
    return inet_ntop(address->len == 4 ? AF_INET : AF_INET6, address->bytes, out, INET6_ADDRSTRLEN);
}

static void parse__reads_addresses_and_nothing_else(void **state)
{
    (void)state;
    static const struct {
        const char *input, *want;
    } cases[] = {
        { "10.0.0.1", "10.0.0.1" },
        { "010.000.0.01", "10.0.0.1" },
        { "255.255.255.255", "255.255.255.255" },
        { "256.0.0.1", "none" },
        { "10.0.0", "none" },
        { "10.0.0.1.", "none" },
        { "10.0.0.1 ", "none" },
        { "10..0.1", "none" },
        { "0000000000010.0.0.1", "none" },
        { "", "none" },
        { ":", "none" },
        { "::", "::" },
        { "::1", "::1" },
        { "2001:DB8:0:0::1", "2001:db8::1" },
        { "0:0:0:0:0:0:0:1", "::1" },
        { "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8" },
        { "1:2:3:4:5:6:7:8:9", "none" },
        { "1::2::3", "none" },
        { "::g", "none" },
        { "::ffff:a00:1", "10.0.0.1" },
        { "::ffff:10.0.0.1", "none" },
        { "::fffe:a00:1", "::fffe:a00:1" },
        { "fe80::1%eth0", "none" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct eb_address address;
        char text[INET6_ADDRSTRLEN];
        eb_address_parse(eb_span_of(cases[i].input), &address);
        const char *got = address_text(&address, text);
        if (strcmp(got, cases[i].want) != 0)
            fail_msg("%s: got %s, want %s", cases[i].input, got, cases[i].want);
    }
}

static void block__holds_the_addresses_that_begin_like_it(void **state)
{
    (void)state;
    static const struct {
        const char *block, *address;
        bool want;
    } cases[] = {
        { "10.0.0.0/8", "10.255.255.255", true },
        { "10.0.0.0/8", "11.0.0.0", false },
        { "10.1.2.3/8", "10.0.0.0", true },
        { "192.168.1.0/12", "192.160.0.0", true },
        { "192.168.1.0/12", "192.159.255.255", false },
        { "1.2.3.4/0", "200.1.1.1", true },
        { "1.2.3.4/32", "1.2.3.4", true },
        { "1.2.3.4/32", "1.2.3.5", false },
        { "10.0.0.0/8", "::ffff:a01:101", true },
        { "::ffff:a00:0/104", "10.1.1.1", true },
        { "::ffff:a00:0/104", "11.1.1.1", false },
        { "::/0", "10.1.1.1", false },
        { "0.0.0.0/0", "::1", false },
        { "2001:db8::/33", "2001:db8:7fff::", true },
        { "2001:db8::/33", "2001:db8:8000::", false },
        { "::1/128", "::1", true },
        { "::1/128", "::2", false },
        { "10.0.0.0/+08//", "10.1.1.1", true },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct eb_block block;
        struct eb_address address;
        assert_true(eb_block_parse(eb_span_of(cases[i].block), &block));
        assert_true(eb_address_parse(eb_span_of(cases[i].address), &address));
        if (eb_block_holds(&block, &address) != cases[i].want)
            fail_msg("%s holds %s: want %d", cases[i].block, cases[i].address, cases[i].want);
    }
}

static void block__refuses_what_is_none(void **state)
{
    (void)state;
    static const char *const inputs[] = { "", "/", "10.0.0.0", "10.0.0.0/", "10.0.0.0/33",
        "10.0.0.0/-1", "10.0.0.0/8.0", "10.0.0.0/8/9", "10.0.0.0/x", "/8", "::/129", "host/8",
        "2001:db8/32", "::ffff:10.0.0.0/104", "10.0.0.0/4294967304", "10.0.0.0/ 8" };
    for (size_t i = 0; i < sizeof inputs / sizeof inputs[0]; i++) {
        struct eb_block block;
        if (eb_block_parse(eb_span_of(inputs[i]), &block))
            fail_msg("%s was accepted", inputs[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parse__reads_addresses_and_nothing_else),
        cmocka_unit_test(block__holds_the_addresses_that_begin_like_it),
        cmocka_unit_test(block__refuses_what_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
