/* I8MM: smmla, the product of a 2x8 and an 8x2 matrix of signed bytes. */
#include <arm_neon.h>

#include "probe.h"

int main(void) {
    int8_t a[16], b[16];
    int32_t product[4];
    for (int i = 0; i < 16; i++) {
        a[i] = (int8_t)(127 - 9 * i);
        b[i] = (int8_t)(8 * i - 64);
    }
    OPAQUE(a);
    OPAQUE(b);
    vst1q_s32(product, vmmlaq_s32(vdupq_n_s32(7), vld1q_s8(a), vld1q_s8(b)));
    OPAQUE(product);
    for (int i = 0; i < 4; i++) {
        int32_t expected = 7;
        for (int k = 0; k < 8; k++) expected += a[i / 2 * 8 + k] * b[i % 2 * 8 + k];
        if (product[i] != expected) return PROBE_WRONG_RESULT;
    }
    return PROBE_RUNS;
}
