/* AMX TILE: does a tile configuration load, and does a tile come back as it went in? */
#include "amx.h"

static void *check(void *) {
    alignas(64) uint8_t in[TILE_ROWS * TILE_BYTES], out[TILE_ROWS * TILE_BYTES];
    for (int i = 0; i < TILE_ROWS * TILE_BYTES; i++) in[i] = (uint8_t)(7 * i + 1);
    OPAQUE(in);
    configure_tiles();
    _tile_loadd(0, in, TILE_BYTES);
    _tile_stored(0, out, TILE_BYTES);
    OPAQUE(out);
    for (int i = 0; i < TILE_ROWS * TILE_BYTES; i++) {
        if (out[i] != in[i]) return WRONG;
    }
    return nullptr;
}

int main() { return run_in_threads(check); }
