/* Points, gathered column by column. Each is written once to a place that is in the nearest cache,
 * and once more to where it is told: to write it to four arrays, each as long as all the points are,
 * took longer than to read it. */
#include "columns.h"

enum { PROBES = 32 };               /* places of the table: a log cannot make it slow */
enum { FIRST = 4 };                 /* points of a column's first chunk: a log may have many tags */
enum { FIGURES = 24, POINT = 28 };  /* bytes of a point without its place, and with it */
enum { LONGEST_NAME = 1 << 12 };     /* bytes of a tag and its metadata */
enum { MOST_KEPT = 64 };

struct Slab {
    Slab *before;
    size_t used;
    uint8_t bytes[SLAB - 2 * sizeof(size_t)];
};

/* For the next call: to ask for it anew each time costs as much as to read. The interpreter's lock
 * guards it. */
static Slab *kept = NULL;
static size_t kept_count = 0;

void *take(Columns *all, size_t size) {
    size = (size + 15) / 16 * 16;
    Slab *slab = all->slab;
    if (slab == NULL || sizeof slab->bytes - slab->used < size) {
        if (kept != NULL) {
            slab = kept;
            kept = slab->before;
            kept_count--;
        } else if ((slab = PyMem_Malloc(sizeof *slab)) == NULL) return NULL;
        slab->before = all->slab;
        slab->used = 0;
        all->slab = slab;
        all->slab_count++;
    }
    void *taken = slab->bytes + slab->used;
    slab->used += size;
    return taken;
}

void give_back(Columns *all) {
    while (all->slab != NULL) {
        Slab *slab = all->slab;
        all->slab = slab->before;
        if (kept_count < MOST_KEPT) {
            slab->before = kept;
            kept = slab;
            kept_count++;
        } else PyMem_Free(slab);
    }
    PyMem_Free(all->table);
    *all = (Columns){.data = NULL};
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

static int enlarge(Columns *all) {
    size_t room = all->table_room ? 2 * all->table_room : 256;
    Column **table = PyMem_Calloc(room, sizeof *table);
    if (table == NULL) return 0;
    for (Column *column = all->first; column != NULL; column = column->after) {
        size_t at = column->hash;
        while (table[at & (room - 1)]) at++;
        table[at & (room - 1)] = column;
    }
    PyMem_Free(all->table);
    all->table = table;
    all->table_room = room;
    return 1;
}

/* A span's bytes, to be had for longer than the data. */
static Span copied(uint8_t *to, Span span) {
    memcpy(to, span.at, left(span));
    return (Span){to, to + left(span)};
}

static Column *add_column(Columns *all, Column like) {
    Column *column = take(all, sizeof *column + left(like.tag) + left(like.metadata));
    if (column == NULL) return NULL;
    like.tag = copied((uint8_t *)(column + 1), like.tag);
    like.metadata = copied((uint8_t *)(column + 1) + left(like.tag), like.metadata);
    *column = like;
    column->next = column;
    if (all->first == NULL) all->first = all->last = column;
    else all->newest->after = column;
    all->count++;
    return all->newest = column;
}

static inline int is_of(const Column *column, const Column *like) {
    return column->simple == like->simple && same(column->tag, like->tag)
           && same(column->metadata, like->metadata);
}

/* The column of a value, which is made where it is new. */
Outcome find_column(Columns *all, Span tag, Span metadata, int simple, Column **found) {
    Column like = {.tag = tag, .metadata = metadata, .simple = simple};
    if (all->last != NULL && is_of(all->last->next, &like)) { /* mostly what came the last time */
        *found = all->last->next;
        return TAKEN;
    }
    if (left(tag) + left(metadata) > LONGEST_NAME) return UNSURE;
    if (2 * (all->count + 1) > all->table_room && !enlarge(all)) return NO_MEMORY;
    like.hash = hash_of(metadata, hash_of(tag, 1 + simple + 2 * left(tag)));
    for (size_t probe = 0; probe < PROBES; probe++) {
        Column **entry = &all->table[(like.hash + probe) & (all->table_room - 1)];
        if (*entry == NULL && (*entry = add_column(all, like)) == NULL) return NO_MEMORY;
        if ((*entry)->hash == like.hash && is_of(*entry, &like)) {
            *found = *entry;
            return TAKEN;
        }
    }
    return UNSURE;
}

/* Reads what has only been noted. */
static void read_noted(const Columns *all, const Column *column) {
    Chunk *chunk = column->chunk;
    if (chunk == NULL || chunk->read == chunk->count) return;
    const Likeness *like = column->likeness;
    int64_t *steps = chunk->figures, *walls = steps + chunk->room, *values = walls + chunk->room;
    size_t end = chunk->count, wall = like->wall, step = like->step, value = like->value;
    uint64_t bits = like->step_bits;
    int is_single = like->value_size == 4;
    for (size_t at = chunk->read; at < end; at++) {
        const uint8_t *record = all->data + chunk->places[at];
        double figure = is_single ? single(record + value) : twice(record + value);
        memcpy(values + at, &figure, 8);
        walls[at] = wall ? (int64_t)load64(record + wall) : 0;
        steps[at] = bits <= UINT32_MAX ? few_joined(load32(record + step) & (uint32_t)bits)
                                       : joined(load64(record + step) & bits);
        chunk->places[at] += all->base;
    }
    chunk->read = chunk->count;
}

/* What was noted is to be read before the data go. */
void read_all_noted(Columns *all) {
    for (Column *column = all->first; column != NULL; column = column->after)
        read_noted(all, column);
}

/* Room for more points; NULL where there is no memory. */
Chunk *add_chunk(Columns *all, Column *column) {
    Chunk *full = column->chunk;
    uint32_t room = full == NULL ? FIRST : 2 * full->room;
    if (room > ROOM) room = ROOM;
    read_noted(all, column);
    Chunk *chunk = take(all, sizeof *chunk + FIGURES * room);
    if (chunk == NULL) return NULL;
    chunk->after = NULL;
    chunk->room = room;
    chunk->count = chunk->read = 0;
    column->chunk = chunk;
    if (full == NULL) return column->first = chunk;
    column->before += full->count;
    return full->after = chunk;
}

/* Takes a point; 0: there is no memory. */
int add_point(Columns *all, Column *column, Point point) {
    read_noted(all, column); /* its likeness may be another soon */
    if ((column->chunk == NULL || column->chunk->count == column->chunk->room)
        && add_chunk(all, column) == NULL) return 0;
    Chunk *chunk = column->chunk;
    uint32_t place = chunk->count++;
    chunk->read = chunk->count;
    chunk->places[place] = point.place + all->base;
    chunk->figures[place] = point.step;
    memcpy(&chunk->figures[chunk->room + place], &point.wall, 8);
    memcpy(&chunk->figures[2 * chunk->room + place], &point.value, 8);
    all->last->next = column;
    all->last = column;
    return 1;
}

static size_t count_of(const Column *column) {
    return column->chunk == NULL ? 0 : column->before + column->chunk->count;
}

/* Its steps, wall times and values to one place, where they stand in the data to another. */
static void write_points(const Column *column, uint8_t *figures, uint8_t *places) {
    size_t count = count_of(column);
    for (const Chunk *chunk = column->first; chunk != NULL; chunk = chunk->after) {
        size_t here = chunk->count;
        for (size_t array = 0; array < 3; array++)
            memcpy(figures + 8 * array * count, chunk->figures + array * chunk->room, 8 * here);
        memcpy(places, chunk->places, 4 * here);
        figures += 8 * here;
        places += 4 * here;
    }
}

/* Every column that has points, and all their points. NULL with an exception. */
PyObject *told(const Columns *all, PyObject **points) {
    size_t count = 0, first = 0;
    for (Column *column = all->first; column != NULL; column = column->after)
        count += count_of(column);
    PyObject *columns = PyList_New(0);
    *points = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)(POINT * count));
    uint8_t *out = *points ? (uint8_t *)PyBytes_AsString(*points) : NULL;
    int good = columns && out;
    for (Column *column = all->first; good && column != NULL; column = column->after) {
        size_t own = count_of(column);
        if (!own) continue;
        PyObject *entry = Py_BuildValue(
            "(y#y#in)", column->tag.at, (Py_ssize_t)left(column->tag), column->metadata.at,
            (Py_ssize_t)left(column->metadata), column->simple, (Py_ssize_t)own);
        good = entry && PyList_Append(columns, entry) == 0;
        Py_XDECREF(entry);
        write_points(column, out + FIGURES * first, out + FIGURES * count + 4 * first);
        first += own;
    }
    if (good) return columns;
    Py_XDECREF(columns);
    Py_CLEAR(*points);
    return NULL;
}
