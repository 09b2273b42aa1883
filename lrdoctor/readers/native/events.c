/* Event files: whole records, their checksums, and the scalars that are stored in plain ways.
 *
 * It takes what it is sure of and leaves every other record to Python: it never decides that
 * something is wrong. What it takes is what _event.py would make of the same bytes.
 */
#include "columns.h"
#include "crc.h"
#include "wire.h"

enum { DT_FLOAT = 1, DT_DOUBLE = 2, DT_STRING = 7 }; /* tensorflow's types.proto */

static const char HPARAMS[] = "_hparams_/session_start_info";

/* A value of the event that is being read. */
typedef struct {
    Column *column;
    double value;
    uint32_t place;
} Figure;

typedef struct {
    Columns *all;
    Figure *figures; /* of one event: it may turn out that it is to be read by Python */
    int64_t *others;
    size_t figure_count, figure_room, other_count, other_room;
} Scan;

/* A TensorProto: TAKEN for one number, SKIPPED for what is no scalar. */
static Outcome tensor(Span span, Places *places) {
    Field field;
    Span shape = {NULL, NULL};
    uint64_t type = 0;
    int more, found = 0, many = 0;
    while ((more = take_field(&span, &field)) > 0) {
        size_t size = left(field.inside);
        if (field.number == 1 && field.wire == VARINT) type = field.varint;
        else if (field.number == 2 && field.wire == BYTES) {
            if (!is_message(field.inside, 2)) return UNSURE;
            shape = field.inside;
        } else if (field.number >= 4 && field.number <= 6) {
            /* tensor_content of the type told before it; float_val; double_val */
            size_t one = field.number == 5 || (field.number == 4 && type == DT_FLOAT) ? 4 : 8;
            int alone = one == 4 ? FIXED32 : FIXED64, known = type == DT_FLOAT || type == DT_DOUBLE;
            if (field.wire != BYTES && (field.number == 4 || field.wire != alone)) return UNSURE;
            if (found++ || (field.number == 4 && !known)) return UNSURE;
            if (size >= 2 * one) many = 1;
            else if (size != one) return UNSURE;
            places->value = field.inside.at;
            places->value_size = one;
        } else if (field.number == 7 || field.number == 10 || field.number == 11
                   || field.number == 13 || field.number == 16 || field.number == 17)
            return UNSURE; /* figures of other types */
    }
    if (more < 0) return UNSURE;
    if (many || (!found && type == DT_STRING)) return SKIPPED;
    if (!found || left(shape) || (type != DT_FLOAT && type != DT_DOUBLE)) return UNSURE;
    return TAKEN;
}

/* One Summary.Value: TAKEN with a new figure, or SKIPPED: an image, a histogram, a text. */
static Outcome value_of(Scan *scan, Span span, Places *at) {
    Field field;
    Span tag = {span.at, span.at}, metadata = tag;
    Outcome kind = SKIPPED;
    int more, simple = 0, told = 0;
    while ((more = take_field(&span, &field)) > 0) {
        if (field.number == 1 && field.wire == BYTES) tag = field.inside;
        else if (field.number == 9 && field.wire == BYTES) {
            /* Empty, it is not the same as none. */
            if (left(metadata) || !left(field.inside)) return UNSURE;
            if (!is_message(field.inside, 1)) return UNSURE;
            metadata = field.inside;
        } else if ((field.number == 2 && field.wire == FIXED32)
                   || (field.number == 8 && field.wire == BYTES)) {
            if (told++) return UNSURE;
            simple = field.number == 2;
            at->value = field.inside.at;
            at->value_size = 4;
            kind = simple ? TAKEN : tensor(field.inside, at);
            if (kind == UNSURE) return UNSURE;
        }
    }
    if (more < 0) return UNSURE;
    if (left(tag) == sizeof HPARAMS - 1 && memcmp(tag.at, HPARAMS, left(tag)) == 0) return UNSURE;
    if (kind != TAKEN) return kind;
    Column *found;
    Outcome outcome = find_column(scan->all, tag, metadata, simple, &found);
    if (outcome != TAKEN) return outcome;
    Figure *figures = roomy(scan->figures, scan->figure_count, &scan->figure_room, sizeof(Figure));
    if (figures == NULL) return NO_MEMORY;
    scan->figures = figures;
    figures[scan->figure_count++] = (Figure){found, value_at(at->value, at->value_size),
                                             (uint32_t)(at->value - scan->all->data)};
    return TAKEN;
}

static int64_t step_of(const Places *at) {
    Span span = {at->step, at->step + at->step_size};
    uint64_t step = 0;
    if (at->step_size) take_varint(&span, &step);
    return (int64_t)step;
}

/* Takes over what an event said, and keeps in mind what its likes have in common with it. */
static int add_figures(Scan *scan, const uint8_t *record, size_t size, const Places *at) {
    Columns *all = scan->all;
    Point point = {.step = step_of(at), .wall = at->wall ? twice(at->wall) : 0};
    for (size_t figure = 0; figure < scan->figure_count; figure++) {
        point.value = scan->figures[figure].value;
        point.place = scan->figures[figure].place;
        if (!add_point(all, scan->figures[figure].column, point)) return 0;
    }
    if (scan->figure_count != 1) return 1;
    Column *column = all->last;
    if (column->before + column->chunk->count == 1 || !can_have_likes(record, size, at)) return 1;
    if (column->likeness == NULL) column->likeness = take(all, sizeof(Likeness));
    if (column->likeness == NULL) return 0;
    remember(column->likeness, record, size, at);
    return 1;
}

static Outcome event(Scan *scan, const uint8_t *record, Span span) {
    Field field, inner;
    Places at = {NULL, NULL, NULL, 0, 0};
    int more = 0, deeper = 0;
    size_t size = HEADER + left(span) + TRAILER;
    scan->figure_count = 0;
    while ((more = take_field(&span, &field)) > 0) {
        if (field.number == 1 && field.wire == FIXED64) at.wall = field.inside.at;
        else if (field.number == 2 && field.wire == VARINT) {
            at.step = field.inside.at;
            at.step_size = left(field.inside);
        } else if (field.number == 5 && field.wire == BYTES) {
            while ((deeper = take_field(&field.inside, &inner)) > 0)
                if (inner.number == 1 && inner.wire == BYTES) {
                    Places found = at;
                    Outcome outcome = value_of(scan, inner.inside, &found);
                    if (outcome >= UNSURE) return outcome;
                    if (outcome == TAKEN) {
                        at.value = found.value;
                        at.value_size = found.value_size;
                    }
                }
            if (deeper < 0) return UNSURE;
        }
    }
    if (more < 0) return UNSURE;
    return add_figures(scan, record, size, &at) ? TAKEN : NO_MEMORY;
}

typedef uint32_t Checksum(const Likeness *like, const uint8_t *record);

/* Reads records for as long as each is like the one before it of the column that came next the
 * last time; returns where they end. */
static inline __attribute__((always_inline)) size_t alike(Columns *all, Span data, size_t at,
                                                          Checksum *checksum) {
    size_t size = left(data);
    Column *last = all->last;
    while (1) {
        Column *column = last->next;
        const Likeness *like = column->likeness;
        if (like == NULL || size - at < like->size) break;
        const uint8_t *record = data.at + at;
        if (!is_like(like, record)) break;
        if (checksum(like, record) != load32(record + like->size - TRAILER)) break;
        if (!note(all, column, at)) break;
        at += like->size;
        last = column;
    }
    all->last = last;
    return at;
}

static uint32_t any_checksum(const Likeness *like, const uint8_t *record) {
    return crc_masked(record + HEADER, like->size - HEADER - TRAILER);
}

static size_t alike_any(Columns *all, Span data, size_t at) {
    return alike(all, data, at, any_checksum);
}

static size_t (*read_alike)(Columns *, Span, size_t) = alike_any;

#ifdef HARDWARE
/* Eight bytes at a time, from the end: what is left at the beginning is filled up with zeros before
 * it, which change nothing where the sum is 0. Its start, ~0, is xored into the first four bytes. */
HARDWARE static inline uint32_t checksum_by_instruction(const Likeness *like, const uint8_t *record) {
    const uint8_t *end = record + like->size - TRAILER;
    const uint8_t *at = record + HEADER + (like->size - HEADER - TRAILER) % 8;
    uint64_t crc = CRC64(0, (load64(at - 8) & like->first_bits) ^ like->begin);
    crc = CRC64(crc, load64(at) ^ like->after);
    for (at += 8; at < end; at += 8) crc = CRC64(crc, load64(at));
    return mask((uint32_t)crc);
}

HARDWARE static size_t alike_by_instruction(Columns *all, Span data, size_t at) {
    return alike(all, data, at, checksum_by_instruction);
}
#endif

void events_setup(void) {
#ifdef HARDWARE
    if (crc_has_instruction()) read_alike = alike_by_instruction;
#endif
}

/* Reads records until one is unfinished, too large or has a broken length; returns its place, or
 * -1 where there is no memory. */
static int64_t records(Scan *scan, Span data, size_t at, uint64_t largest) {
    while (1) {
        if (scan->all->last != NULL) at = read_alike(scan->all, data, at);
        const uint8_t *record = data.at + at;
        size_t rest = left(data) - at;
        if (rest < HEADER) return (int64_t)at;
        uint64_t length = load64(record);
        if (length > largest || length > rest - HEADER || rest - HEADER - length < TRAILER
            || crc_masked(record, 8) != load32(record + 8)) return (int64_t)at;
        Span payload = {record + HEADER, record + HEADER + length};
        int sound = crc_masked(payload.at, length) == load32(payload.end);
        Outcome outcome = sound ? event(scan, record, payload) : UNSURE;
        if (outcome == UNSURE) {
            int64_t *others = roomy(scan->others, scan->other_count, &scan->other_room, 8);
            if (others == NULL) return -1;
            scan->others = others;
            scan->others[scan->other_count++] = (int64_t)at;
        } else if (outcome == NO_MEMORY) return -1;
        at += HEADER + length + TRAILER;
    }
}

/* Where the records end, which are left, and the memory that all takes; NULL with an exception. */
static PyObject *found(const Scan *scan, int64_t end) {
    PyObject *others = PyList_New(0), *result = NULL;
    int good = others != NULL;
    for (size_t at = 0; good && at < scan->other_count; at++) {
        PyObject *place = PyLong_FromLongLong(scan->others[at]);
        good = place && PyList_Append(others, place) == 0;
        Py_XDECREF(place);
    }
    if (good)
        result = Py_BuildValue("(LOn)", (long long)end, others,
                               (Py_ssize_t)(scan->all->slab_count * SLAB));
    Py_XDECREF(others);
    return result;
}

PyObject *events(PyObject *module, PyObject *args) {
    PyObject *capsule, *result = NULL;
    Py_buffer data;
    Py_ssize_t at;
    unsigned long long largest, base;
    (void)module;
    if (!PyArg_ParseTuple(args, "Oy*nKK", &capsule, &data, &at, &largest, &base)) return NULL;
    Columns *all = columns_of(capsule);
    if (all == NULL) {
    } else if (at < 0 || at > data.len || base > UINT32_MAX
               || (uint64_t)data.len > UINT32_MAX - base)
        PyErr_SetString(PyExc_ValueError, "a place outside of the data, or too much of it");
    else {
        all->data = data.buf;
        all->base = (uint32_t)base;
        Scan scan = {.all = all};
        Span whole = {all->data, all->data + data.len};
        int64_t end = records(&scan, whole, (size_t)at, largest);
        read_all_noted(all);
        result = end < 0 ? PyErr_NoMemory() : found(&scan, end);
        PyMem_Free(scan.figures);
        PyMem_Free(scan.others);
    }
    PyBuffer_Release(&data);
    return result;
}
