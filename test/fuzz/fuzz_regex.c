/*
 * An expression, a NUL, a subject. All engines that can run the expression agree; what is an
 * expression by the letter is one leniently too; and a fault lies within the pattern.
 */
#include "fuzz/fuzz.h"

#include "base/utf8.h"
#include "regex_agreement.h"

enum {
    STEPS = 20000,
    PATTERN_MAX = 512, /* longer ones only take longer */
};

static bool is_refused_for_good_reason(struct eb_span pattern, const struct eb_regex_fault *fault)
{
    if (!fault->text || fault->is_out_of_memory || fault->offset > pattern.len)
        return false;
    return !eb_regex_is_valid(pattern) || strstr(fault->text, "cannot be expressed") ||
           strstr(fault->text, "too large");
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static struct eb_regex_runner *runner;
    if (!runner)
        runner = eb_regex_runner_new(STEPS);
    struct eb_span input = eb_span((const char *)bytes, len);
    const char *nul = len ? memchr(bytes, 0, len) : NULL;
    if (!nul || !eb_utf8_is_valid(input) || nul - input.ptr > PATTERN_MAX)
        return 0;
    struct eb_span pattern = eb_span(input.ptr, (size_t)(nul - input.ptr));
    struct eb_span subject = eb_span(nul + 1, len - pattern.len - 1);
    struct regex_agreement agreement;
    struct eb_regex_fault fault = { NULL, 0, false };
    enum eb_regex_result result;
    if (regex_agreement_open(&agreement, pattern, &fault))
        FUZZ_REQUIRE(regex_agreement_run(&agreement, subject, runner, &result));
    else
        FUZZ_REQUIRE(is_refused_for_good_reason(pattern, &fault));
    regex_agreement_close(&agreement);
    return 0;
}
