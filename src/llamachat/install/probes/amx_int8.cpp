/* AMX INT8: a 16x64 by 64x16 product of signed bytes, the heart of ggml's AMX kernels. */
#include "amx.h"

static void *check(void *) {
    alignas(64) int8_t a[TILE_ROWS * TILE_BYTES], b[TILE_ROWS * TILE_BYTES];
    alignas(64) int32_t product[TILE_ROWS * 16];
    for (int i = 0; i < TILE_ROWS * TILE_BYTES; i++) {
        a[i] = (int8_t)(i % 251 - 125);
        b[i] = (int8_t)(i % 241 - 120);
    }
    OPAQUE(a);
    OPAQUE(b);
    configure_tiles();
    _tile_zero(0);
    _tile_loadd(1, a, TILE_BYTES);
    _tile_loadd(2, b, TILE_BYTES);
    _tile_dpbssd(0, 1, 2);
    _tile_stored(0, product, TILE_BYTES);
    OPAQUE(product);
    for (int row = 0; row < TILE_ROWS; row++) {
        for (int column = 0; column < 16; column++) {
            int32_t expected = 0;
            for (int k = 0; k < TILE_BYTES; k++) {
                expected += a[row * TILE_BYTES + k] * b[k / 4 * TILE_BYTES + 4 * column + k % 4];
            }
            if (product[row * 16 + column] != expected) return WRONG;
        }
    }
    return nullptr;
}

int main() { return run_in_threads(check); }
