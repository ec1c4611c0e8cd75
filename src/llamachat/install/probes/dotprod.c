/* DOTPROD: sdot, four signed byte products a lane. */
#include <arm_neon.h>

#include "probe.h"

int main(void) {
    int8_t a[16], b[16];
    int32_t dot[4];
    for (int i = 0; i < 16; i++) {
        a[i] = (int8_t)(127 - 9 * i);
        b[i] = (int8_t)(8 * i - 64);
    }
    OPAQUE(a);
    OPAQUE(b);
    vst1q_s32(dot, vdotq_s32(vdupq_n_s32(7), vld1q_s8(a), vld1q_s8(b)));
    OPAQUE(dot);
    for (int i = 0; i < 4; i++) {
        int32_t expected = 7;
        for (int k = 4 * i; k < 4 * i + 4; k++) expected += a[k] * b[k];
        if (dot[i] != expected) return PROBE_WRONG_RESULT;
    }
    return PROBE_RUNS;
}
