/* AMX BF16: a 16x32 by 32x16 product of bfloat16 numbers; small integers are exact. */
#include <string.h>

#include "amx.h"

static uint16_t to_bf16(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return (uint16_t)(bits >> 16);
}

static void *check(void *) {
    float a[TILE_ROWS * 32], b[TILE_ROWS * 32];
    alignas(64) uint16_t half_a[TILE_ROWS * 32], half_b[TILE_ROWS * 32];
    alignas(64) float product[TILE_ROWS * 16];
    for (int i = 0; i < TILE_ROWS * 32; i++) {
        a[i] = (float)(i % 17 - 8);
        b[i] = (float)(i % 13 - 6);
        half_a[i] = to_bf16(a[i]);
        half_b[i] = to_bf16(b[i]);
    }
    OPAQUE(half_a);
    OPAQUE(half_b);
    configure_tiles();
    _tile_zero(0);
    _tile_loadd(1, half_a, TILE_BYTES);
    _tile_loadd(2, half_b, TILE_BYTES);
    _tile_dpbf16ps(0, 1, 2);
    _tile_stored(0, product, TILE_BYTES);
    OPAQUE(product);
    for (int row = 0; row < TILE_ROWS; row++) {
        for (int column = 0; column < 16; column++) {
            float expected = 0;
            for (int k = 0; k < 32; k++) {
                expected += a[row * 32 + k] * b[k / 2 * 32 + 2 * column + k % 2];
            }
            if (product[row * 16 + column] != expected) return WRONG;
        }
    }
    return nullptr;
}

int main() { return run_in_threads(check); }
