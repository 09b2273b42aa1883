/* CRC-32C (Castagnoli): by the processor's own instruction where it has one, else by tables. */
#include "crc.h"

static uint32_t tables[8][256]; /* tables[n][byte]: what a byte with n bytes after it adds */

static uint32_t by_tables(const uint8_t *at, size_t size) {
    uint32_t crc = ~0u;
    for (; size >= 8; at += 8, size -= 8) {
        uint64_t word = load64(at) ^ crc;
        crc = 0;
        for (int byte = 0; byte < 8; byte++) crc ^= tables[7 - byte][(word >> 8 * byte) & 0xFF];
    }
    for (; size; at++, size--) crc = (crc >> 8) ^ tables[0][(crc ^ *at) & 0xFF];
    return mask(crc);
}

#ifdef HARDWARE
int crc_has_instruction(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    return __builtin_cpu_supports("sse4.2");
#else
    return 1;
#endif
}

HARDWARE static uint32_t by_instruction(const uint8_t *at, size_t size) {
    uint32_t crc = ~0u;
    for (; size >= 8; at += 8, size -= 8) crc = CRC64(crc, load64(at));
    if (size >= 4) {
        crc = CRC32(crc, load32(at));
        at += 4;
        size -= 4;
    }
    for (; size; at++, size--) crc = CRC8(crc, *at);
    return mask(crc);
}
#endif

uint32_t (*crc_masked)(const uint8_t *, size_t) = by_tables;

void crc_setup(void) {
    for (uint32_t byte = 0; byte < 256; byte++) {
        uint32_t crc = byte;
        for (int bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ (crc & 1 ? 0x82F63B78u : 0);
        tables[0][byte] = crc;
    }
    for (int after = 1; after < 8; after++)
        for (int byte = 0; byte < 256; byte++) {
            uint32_t crc = tables[after - 1][byte];
            tables[after][byte] = (crc >> 8) ^ tables[0][crc & 0xFF];
        }
#ifdef HARDWARE
    if (crc_has_instruction()) crc_masked = by_instruction;
#endif
}
