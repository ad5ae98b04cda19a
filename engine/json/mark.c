#include "json/mark.h"

const uint64_t eb_mark_head_masks[9] = { 0, 0xff, 0xffff, 0xffffff, 0xffffffff, 0xffffffffff,
    0xffffffffffff, 0xffffffffffffff, UINT64_MAX };
