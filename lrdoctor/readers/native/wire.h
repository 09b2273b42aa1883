/* Protobuf's wire format, as far as event files use it. */
#ifndef LRDOCTOR_WIRE_H
#define LRDOCTOR_WIRE_H

#include "compiled.h"

enum { VARINT = 0, FIXED64 = 1, BYTES = 2, FIXED32 = 5 }; /* as in _wire.py */

/* One field of a message. */
typedef struct {
    uint64_t number, varint; /* varint: the value of a VARINT field */
    int wire;
    Span inside;
} Field;

static inline int take_varint(Span *span, uint64_t *value) {
    *value = 0;
    for (int shift = 0; shift < 70 && span->at < span->end; shift += 7) {
        uint8_t byte = *span->at++;
        *value |= (uint64_t)(byte & 0x7F) << shift;
        if (byte < 0x80) return 1;
    }
    return 0;
}

/* 1: took a field; 0: there is none left; -1: these bytes are no message. */
static inline int take_field(Span *span, Field *field) {
    uint64_t key, size;
    if (span->at == span->end) return 0;
    if (!take_varint(span, &key)) return -1;
    field->number = key >> 3;
    field->wire = key & 7;
    field->inside = (Span){span->at, span->at};
    if (field->wire == VARINT) {
        if (!take_varint(span, &field->varint)) return -1;
        field->inside.end = span->at;
        return 1;
    }
    if (field->wire == FIXED64) size = 8;
    else if (field->wire == FIXED32) size = 4;
    else if (field->wire != BYTES || !take_varint(span, &size)) return -1;
    if (size > left(*span)) return -1;
    field->inside = (Span){span->at, span->at + size};
    span->at += size;
    return 1;
}

/* Whether it is a message, and so is what its fields of this number hold. */
static inline int is_message(Span span, uint64_t number) {
    Field field, inner;
    int more, deeper;
    while ((more = take_field(&span, &field)) > 0) {
        if (field.number != number || field.wire != BYTES) continue;
        while ((deeper = take_field(&field.inside, &inner)) > 0) {}
        if (deeper < 0) return 0;
    }
    return more == 0;
}

#endif
