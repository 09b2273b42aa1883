/* Records whose likes differ in their figures alone: what is told of one holds for the others. */
#ifndef LRDOCTOR_LIKENESS_H
#define LRDOCTOR_LIKENESS_H

#include "compiled.h"

enum { HEADER = 12, TRAILER = 4 };   /* as in _frame.py */
enum { SHORTEST = 32, LONGEST = 192 }; /* bytes of a record that is compared with its like */

/* Where an event's figures stand. */
typedef struct {
    const uint8_t *wall, *step, *value; /* NULL where it is not told */
    size_t step_size, value_size;
} Places;

typedef uint64_t Pair __attribute__((vector_size(16)));

typedef struct {
    uint8_t record[LONGEST];
    uint32_t size;
    uint32_t wall, step, value, value_size; /* places in the record; 0 where it is not told */
    uint64_t step_bits;                     /* of eight bytes, those of the step that are figures */
    uint64_t first_bits, begin, after;      /* see checksum_by_instruction */
    Pair fixed[LONGEST / 16]; /* the bits that never change, of the places that is_like looks at */
} Likeness;

static inline double single(const uint8_t *at) { float x; memcpy(&x, at, 4); return x; }
static inline double twice(const uint8_t *at) { double x; memcpy(&x, at, 8); return x; }
static inline Pair pair(const uint8_t *at) { Pair x; memcpy(&x, at, 16); return x; }

/* Where the 16 bytes that are looked at begin: the record's first and last 32 ones, then what is
 * between them. */
static inline size_t part_at(size_t part, size_t size) {
    return part < 2 ? 16 * part : part < 4 ? size - 64 + 16 * part : 16 * part - 32;
}

static inline size_t part_count(size_t size) { return size <= 64 ? 4 : 4 + (size - 64 + 15) / 16; }

/* Whether a record of this size can have a likeness: all that is read of it is inside of it. */
static inline int can_have_likes(const uint8_t *record, size_t size, const Places *at) {
    if (size < SHORTEST || size > LONGEST) return 0;
    return !at->step || (at->step_size <= 8 && (size_t)(at->step - record) + 8 <= size);
}

static inline void remember(Likeness *like, const uint8_t *record, size_t size, const Places *at) {
    uint8_t fixed[LONGEST];
    *like = (Likeness){.size = (uint32_t)size,
                       .value = (uint32_t)(at->value - record),
                       .value_size = (uint32_t)at->value_size};
    memcpy(like->record, record, size);
    memset(fixed, 0xFF, size);
    memset(fixed + like->value, 0, at->value_size);
    if (at->wall) {
        like->wall = (uint32_t)(at->wall - record);
        memset(fixed + like->wall, 0, 8);
    }
    if (at->step) { /* A varint of the same length: the high bit says whether more follows. */
        like->step = (uint32_t)(at->step - record);
        like->step_bits = 0x7F7F7F7F7F7F7F7Fu >> 8 * (8 - at->step_size);
        memset(fixed + like->step, 0x80, at->step_size);
    }
    memset(fixed + size - TRAILER, 0, TRAILER);
    for (size_t part = 0; part < part_count(size); part++)
        like->fixed[part] = pair(fixed + part_at(part, size));
    size_t odd = (size - HEADER - TRAILER) % 8;
    like->first_bits = odd ? ~(uint64_t)0 << 8 * (8 - odd) : 0;
    like->begin = odd ? (uint64_t)UINT32_MAX << 8 * (8 - odd) : 0;
    like->after = odd < 4 ? UINT32_MAX >> 8 * odd : 0;
}

/* Whether a record is of this likeness but for its checksum; it has as many bytes. */
static inline int is_like(const Likeness *like, const uint8_t *record) {
    const uint8_t *other = like->record, *end = record + like->size, *its = other + like->size;
    Pair differs = (pair(record) ^ pair(other)) & like->fixed[0];
    differs |= (pair(record + 16) ^ pair(other + 16)) & like->fixed[1];
    differs |= (pair(end - 32) ^ pair(its - 32)) & like->fixed[2];
    differs |= (pair(end - 16) ^ pair(its - 16)) & like->fixed[3];
    for (size_t at = 32; at + 32 < like->size; at += 16)
        differs |= (pair(record + at) ^ pair(other + at)) & like->fixed[2 + at / 16];
    return !(differs[0] | differs[1]);
}

/* The varint whose seven bits a byte these are. */
static inline int64_t joined(uint64_t x) {
    x = (x & 0x007F007F007F007Fu) | (x & 0x7F007F007F007F00u) >> 1;
    x = (x & 0x00003FFF00003FFFu) | (x & 0x3FFF00003FFF0000u) >> 2;
    return (int64_t)((x & 0x0FFFFFFFu) | (x & 0x0FFFFFFF00000000u) >> 4);
}

static inline int64_t few_joined(uint32_t x) {
    x = (x & 0x007F007Fu) | (x & 0x7F007F00u) >> 1;
    return (x & 0x00003FFFu) | (x & 0x3FFF0000u) >> 2;
}

static inline double value_at(const uint8_t *at, size_t size) {
    return size == 4 ? single(at) : twice(at);
}

#endif
