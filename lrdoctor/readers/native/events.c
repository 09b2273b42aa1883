/* Event files: whole records, their checksums, and the scalars that are stored in plain ways.
 *
 * It takes what it is sure of and leaves every other record to Python: it never decides that
 * something is wrong. What it takes is what _event.py would make of the same bytes.
 */
#include "compiled.h"

enum { HEADER = 12, TRAILER = 4 };          /* as in _frame.py */
enum { VARINT = 0, FIXED64 = 1, BYTES = 2, FIXED32 = 5 }; /* as in _wire.py */
enum { DT_FLOAT = 1, DT_DOUBLE = 2, DT_STRING = 7 };      /* tensorflow's types.proto */
enum { WORDS = 24 };  /* of a record that is compared with its like */
enum { PROBES = 32 }; /* places of the table that are looked at: a log cannot make it slow */

static const char HPARAMS[] = "_hparams_/session_start_info";

/* One field of a protobuf message. */
typedef struct {
    uint64_t number, varint; /* varint: the value of a VARINT field */
    int wire;
    Span inside;
} Field;

/* Where an event's figures stand in its record. */
typedef struct {
    const uint8_t *wall, *step, *value; /* NULL where it is not told */
    size_t step_size, value_size;
} Places;

/* A record whose likes differ in its figures alone: what is told of one holds for the others. */
typedef struct {
    const uint8_t *record; /* NULL: none is known */
    size_t size;
    Places at;
    uint64_t fixed[WORDS]; /* the bits of its words that never change; the last word ends with it */
} Likeness;

/* Scalars that are stored alike: the same tag, the same metadata, in the same way. */
typedef struct {
    Span tag, metadata;
    uint64_t hash;
    int simple;
    size_t start, stop; /* its first value, in the data */
    size_t count, next; /* next: the column that came after it the last time */
    Likeness likeness;
} Column;

typedef struct {
    int64_t step;
    double wall, value;
    uint32_t place, column; /* fewer than the data's bytes, of which there are less than 4 GiB */
} Point; /* also what is told: _native.py */

typedef struct {
    const uint8_t *data;
    Column *columns;
    Point *points;
    size_t *table; /* open addressing: 1 + column, 0 for none */
    int64_t *others;
    size_t column_count, column_room, point_count, point_room, table_room, other_count, other_room;
    size_t last; /* the column of the last point */
} Scan;

typedef enum { SKIPPED, TAKEN, UNSURE, NO_MEMORY } Outcome;

/* The items, with room for one more; NULL where there is no memory: they stay as they were. */
static void *roomy(void *items, size_t count, size_t *room, size_t size) {
    if (count < *room) return items;
    size_t more = *room ? 2 * *room : 64;
    void *moved = PyMem_Realloc(items, more * size);
    if (moved != NULL) *room = more;
    return moved;
}

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
static int is_message(Span span, uint64_t number) {
    Field field, inner;
    int more, deeper;
    while ((more = take_field(&span, &field)) > 0) {
        if (field.number != number || field.wire != BYTES) continue;
        while ((deeper = take_field(&field.inside, &inner)) > 0) {}
        if (deeper < 0) return 0;
    }
    return more == 0;
}

static inline double single(const uint8_t *at) { float x; memcpy(&x, at, 4); return x; }
static inline double twice(const uint8_t *at) { double x; memcpy(&x, at, 8); return x; }

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

static inline int same(Span a, Span b) {
    return left(a) == left(b) && memcmp(a.at, b.at, left(a)) == 0;
}

static uint64_t hash_of(Span span, uint64_t hash) {
    const uint64_t odd = 0x9E3779B97F4A7C15u;
    for (; left(span) >= 8; span.at += 8) hash = ((hash ^ load64(span.at)) * odd) ^ (hash >> 29);
    for (; span.at < span.end; span.at++) hash = ((hash ^ *span.at) * odd) ^ (hash >> 29);
    return hash ^ (hash >> 32);
}

static int enlarge(Scan *scan) {
    size_t room = scan->table_room ? 2 * scan->table_room : 256;
    size_t *table = PyMem_Calloc(room, sizeof *table);
    if (table == NULL) return 0;
    for (size_t column = 0; column < scan->column_count; column++) {
        size_t at = scan->columns[column].hash;
        while (table[at & (room - 1)]) at++;
        table[at & (room - 1)] = 1 + column;
    }
    PyMem_Free(scan->table);
    scan->table = table;
    scan->table_room = room;
    return 1;
}

/* The column of a value, which is made where it is new. */
static Outcome find_column(Scan *scan, Span tag, Span metadata, int simple, size_t *found) {
    if (scan->column_count) { /* mostly the one that came next the last time */
        size_t next = scan->columns[scan->last].next;
        Column *guess = &scan->columns[next];
        if (guess->simple == simple && same(guess->tag, tag) && same(guess->metadata, metadata)) {
            *found = next;
            return TAKEN;
        }
    }
    if (2 * (scan->column_count + 1) > scan->table_room && !enlarge(scan)) return NO_MEMORY;
    uint64_t hash = hash_of(metadata, hash_of(tag, 1 + simple + 2 * left(tag)));
    for (size_t probe = 0; probe < PROBES; probe++) {
        size_t *entry = &scan->table[(hash + probe) & (scan->table_room - 1)];
        if (!*entry) {
            size_t count = scan->column_count;
            Column *columns = roomy(scan->columns, count, &scan->column_room, sizeof(Column));
            if (columns == NULL) return NO_MEMORY;
            scan->columns = columns;
            columns[count] = (Column){.tag = tag, .metadata = metadata, .hash = hash,
                                      .simple = simple, .next = count};
            *entry = ++scan->column_count;
        }
        Column *column = &scan->columns[*entry - 1];
        if (column->hash == hash && column->simple == simple && same(column->tag, tag)
            && same(column->metadata, metadata)) {
            *found = *entry - 1;
            return TAKEN;
        }
    }
    return UNSURE;
}

static Outcome add_point(Scan *scan, size_t column, Point point) {
    Point *points = roomy(scan->points, scan->point_count, &scan->point_room, sizeof(Point));
    if (points == NULL) return NO_MEMORY;
    scan->points = points;
    point.column = (uint32_t)column;
    scan->points[scan->point_count++] = point;
    scan->columns[column].count++;
    scan->columns[scan->last].next = column;
    scan->last = column;
    return TAKEN;
}

static inline double value_at(const Places *at) {
    return at->value_size == 4 ? single(at->value) : twice(at->value);
}

/* One Summary.Value: TAKEN with a new point, or SKIPPED: an image, a histogram, a text. */
static Outcome value_of(Scan *scan, Span span, Places *at) {
    Field field;
    Span whole = span, tag = {span.at, span.at}, metadata = tag;
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
    size_t found;
    Outcome outcome = find_column(scan, tag, metadata, simple, &found);
    if (outcome != TAKEN) return outcome;
    Column *column = &scan->columns[found];
    if (!column->count) {
        column->start = (size_t)(whole.at - scan->data);
        column->stop = (size_t)(whole.end - scan->data);
    }
    uint32_t place = (uint32_t)(at->value - scan->data);
    return add_point(scan, found, (Point){.value = value_at(at), .place = place});
}

/* Keeps in mind what the likes of a record with one figure have in common. */
static void remember(Likeness *like, const uint8_t *record, size_t size, const Places *at) {
    uint8_t fixed[8 * WORDS];
    if (size > sizeof fixed) return;
    memset(fixed, 0xFF, size);
    memset(fixed + (at->value - record), 0, at->value_size);
    if (at->wall) memset(fixed + (at->wall - record), 0, 8);
    /* A varint of the same length: the high bit says whether more follows. */
    if (at->step) memset(fixed + (at->step - record), 0x80, at->step_size);
    memset(fixed + size - TRAILER, 0, TRAILER);
    for (size_t word = 0; 8 * word < size; word++)
        like->fixed[word] = load64(fixed + (8 * word < size - 8 ? 8 * word : size - 8));
    like->record = record;
    like->size = size;
    like->at = *at;
}

/* Whether a record is of this likeness but for its checksum; it has as many bytes. */
static inline int is_like(const Likeness *like, const uint8_t *record) {
    const uint8_t *other = like->record;
    uint64_t differs = 0;
    size_t word = 0, last = like->size - 8;
    for (; 8 * word < last; word++)
        differs |= (load64(record + 8 * word) ^ load64(other + 8 * word)) & like->fixed[word];
    differs |= (load64(record + last) ^ load64(other + last)) & like->fixed[word];
    return !differs;
}

static int64_t step_at(const uint8_t *at, size_t size) {
    Span span = {at, at + size};
    uint64_t step = 0;
    if (size) take_varint(&span, &step);
    return (int64_t)step;
}

/* A record that is like the one before it of the same column. */
static Outcome alike(Scan *scan, const uint8_t *record, size_t room) {
    size_t next = scan->columns[scan->last].next;
    const Likeness *like = &scan->columns[next].likeness;
    if (!like->record || room < like->size || !is_like(like, record)) return UNSURE;
    size_t length = like->size - HEADER - TRAILER;
    if (crc_masked(record + HEADER, length) != load32(record + HEADER + length)) return UNSURE;
    ptrdiff_t moved = record - like->record;
    Places at = like->at;
    at.value += moved;
    return add_point(scan, next, (Point){
        .place = (uint32_t)(at.value - scan->data),
        .step = at.step ? step_at(at.step + moved, at.step_size) : 0,
        .wall = at.wall ? twice(at.wall + moved) : 0,
        .value = value_at(&at)});
}

static Outcome event(Scan *scan, const uint8_t *record, Span span) {
    Field field, inner;
    Places at = {NULL, NULL, NULL, 0, 0};
    Outcome outcome = TAKEN;
    int more = 0, deeper = 0;
    size_t first = scan->point_count, size = HEADER + left(span) + TRAILER;
    while (outcome < UNSURE && (more = take_field(&span, &field)) > 0) {
        if (field.number == 1 && field.wire == FIXED64) at.wall = field.inside.at;
        else if (field.number == 2 && field.wire == VARINT) {
            at.step = field.inside.at;
            at.step_size = left(field.inside);
        } else if (field.number == 5 && field.wire == BYTES) {
            while (outcome < UNSURE && (deeper = take_field(&field.inside, &inner)) > 0)
                if (inner.number == 1 && inner.wire == BYTES) {
                    Places found = at;
                    outcome = value_of(scan, inner.inside, &found);
                    if (outcome == TAKEN) {
                        at.value = found.value;
                        at.value_size = found.value_size;
                    }
                }
            if (outcome < UNSURE && deeper < 0) outcome = UNSURE;
        }
    }
    if (outcome < UNSURE && more < 0) outcome = UNSURE;
    if (outcome >= UNSURE) { /* as if it had not been begun */
        while (scan->point_count > first)
            scan->columns[scan->points[--scan->point_count].column].count--;
        return outcome;
    }
    for (size_t point = first; point < scan->point_count; point++) {
        scan->points[point].step = step_at(at.step, at.step_size);
        scan->points[point].wall = at.wall ? twice(at.wall) : 0;
    }
    if (scan->point_count == first + 1)
        remember(&scan->columns[scan->points[first].column].likeness, record, size, &at);
    return TAKEN;
}

/* Reads records until one is unfinished, too large or has a broken length; returns its place, or
 * -1 where there is no memory. */
static int64_t records(Scan *scan, size_t at, size_t size, uint64_t largest) {
    while (size - at >= HEADER) {
        const uint8_t *record = scan->data + at;
        Outcome outcome = scan->column_count ? alike(scan, record, size - at) : UNSURE;
        if (outcome == TAKEN) {
            at += scan->columns[scan->last].likeness.size;
            continue;
        }
        if (outcome == NO_MEMORY) return -1;
        uint64_t length = load64(record);
        if (length > largest || length > size - at - HEADER || size - at - HEADER - length < TRAILER
            || crc_masked(record, 8) != load32(record + 8)) break;
        Span payload = {record + HEADER, record + HEADER + length};
        int sound = crc_masked(payload.at, length) == load32(payload.end);
        outcome = sound ? event(scan, record, payload) : UNSURE;
        if (outcome == UNSURE) {
            int64_t *others = roomy(scan->others, scan->other_count, &scan->other_room, 8);
            if (others == NULL) return -1;
            scan->others = others;
            scan->others[scan->other_count++] = (int64_t)at;
        } else if (outcome == NO_MEMORY) return -1;
        at += HEADER + length + TRAILER;
    }
    return (int64_t)at;
}

/* Everything found, the points of one column one after the other. */
static PyObject *told(Scan *scan, int64_t end) {
    PyObject *columns = PyList_New(0), *others = PyList_New(0), *points =
        PyBytes_FromStringAndSize(NULL, (Py_ssize_t)(sizeof(Point) * scan->point_count));
    char *out = points ? PyBytes_AsString(points) : NULL;
    size_t first = 0;
    int good = columns && others && out;
    for (size_t at = 0; good && at < scan->column_count; at++) {
        Column *column = &scan->columns[at];
        if (!column->count) continue;
        PyObject *entry = Py_BuildValue("(nnnn)", (Py_ssize_t)column->start,
                                        (Py_ssize_t)column->stop, (Py_ssize_t)first,
                                        (Py_ssize_t)(first + column->count));
        good = entry && PyList_Append(columns, entry) == 0;
        Py_XDECREF(entry);
        column->next = first; /* from here on: where its next point goes */
        first += column->count;
    }
    for (size_t at = 0; good && at < scan->point_count; at++) {
        /* One place to write to for each column: as many more for each figure cost four times it. */
        Point *point = &scan->points[at];
        memcpy(out + sizeof(Point) * scan->columns[point->column].next++, point, sizeof(Point));
    }
    for (size_t at = 0; good && at < scan->other_count; at++) {
        PyObject *place = PyLong_FromLongLong(scan->others[at]);
        good = place && PyList_Append(others, place) == 0;
        Py_XDECREF(place);
    }
    PyObject *result = good ? Py_BuildValue("(LOOO)", (long long)end, others, columns, points) : NULL;
    Py_XDECREF(columns);
    Py_XDECREF(others);
    Py_XDECREF(points);
    return result;
}

/* Kept for the next call, where it is no larger than what 4 MiB of scalars take: to ask for it
 * anew each time costs as much as to read them. The interpreter's lock guards it. */
static Point *kept = NULL;
static size_t kept_room = 0;
enum { KEPT = 1 << 17 };

PyObject *events(PyObject *module, PyObject *args) {
    Py_buffer data;
    Py_ssize_t at;
    unsigned long long largest;
    (void)module;
    if (!PyArg_ParseTuple(args, "y*nK", &data, &at, &largest)) return NULL;
    PyObject *result = NULL;
    if (at < 0 || at > data.len || (uint64_t)data.len > UINT32_MAX)
        PyErr_SetString(PyExc_ValueError, "a place outside of the data, or too much of it");
    else {
        Scan scan = {.data = data.buf, .points = kept, .point_room = kept_room};
        kept = NULL;
        kept_room = 0;
        int64_t end = records(&scan, (size_t)at, (size_t)data.len, largest);
        result = end < 0 ? PyErr_NoMemory() : told(&scan, end);
        if (kept == NULL && scan.point_room <= KEPT) {
            kept = scan.points;
            kept_room = scan.point_room;
        } else PyMem_Free(scan.points);
        PyMem_Free(scan.columns);
        PyMem_Free(scan.table);
        PyMem_Free(scan.others);
    }
    PyBuffer_Release(&data);
    return result;
}
