/* CRC-32C (Castagnoli) by the processor's own instruction, where the compiler knows one. */
#ifndef LRDOCTOR_CRC_H
#define LRDOCTOR_CRC_H

#include "compiled.h"

#if defined(__x86_64__)
#include <nmmintrin.h>
#define HARDWARE __attribute__((target("sse4.2")))
#define CRC64(crc, word) (uint32_t) _mm_crc32_u64(crc, word)
#define CRC32(crc, word) _mm_crc32_u32(crc, word)
#define CRC8(crc, byte) _mm_crc32_u8(crc, byte)
#elif defined(__aarch64__) && defined(__ARM_FEATURE_CRC32)
#include <arm_acle.h>
#define HARDWARE
#define CRC64(crc, word) __crc32cd(crc, word)
#define CRC32(crc, word) __crc32cw(crc, word)
#define CRC8(crc, byte) __crc32cb(crc, byte)
#endif

/* The form in which TFRecord stores a checksum: rotated, and shifted by a constant. */
static inline uint32_t mask(uint32_t crc) {
    crc = ~crc;
    return ((crc >> 15) | (crc << 17)) + 0xA282EAD8u;
}

#endif
