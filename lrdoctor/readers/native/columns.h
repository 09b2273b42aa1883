/* Points, gathered column by column: what is stored alike stands together. */
#ifndef LRDOCTOR_COLUMNS_H
#define LRDOCTOR_COLUMNS_H

#include "likeness.h"

enum { ROOM = 32 };      /* points of a chunk, at most */
enum { SLAB = 1 << 16 }; /* bytes that are asked for at once */

typedef struct {
    int64_t step;
    double wall, value;
    uint32_t place; /* where it, or its record, stands */
} Point;

/* Points of one column. Behind it stand their steps, wall times and values, with room for each. */
typedef struct Chunk {
    struct Chunk *after;
    uint32_t room, count;
    uint32_t read; /* what so many of them say has been read */
    uint32_t places[ROOM];
    int64_t figures[];
} Chunk;

/* Scalars that are stored alike: the same tag, the same metadata, in the same way. */
typedef struct Column {
    struct Column *next;  /* the one that came after it the last time */
    Likeness *likeness;   /* NULL: none is known */
    Chunk *chunk;         /* the last one; NULL: it has no point */
    Chunk *first;
    size_t before;        /* points in the chunks before the last one */
    uint64_t hash;
    Span tag, metadata;
    int simple;
    struct Column *after; /* in the order in which they were made */
} Column;

/* Memory that is handed out in small parts and given back all at once: the piece that the data are
 * is another the next time. */
typedef struct Slab Slab;

typedef struct {
    const uint8_t *data; /* a piece of the log */
    uint32_t base;       /* its own place, which those inside it count from */
    Column *first, *newest;
    Column *last;   /* that of the last point; at first the first one */
    Column **table; /* open addressing */
    Slab *slab;
    size_t count, table_room, slab_count;
} Columns;

typedef enum { SKIPPED, TAKEN, UNSURE, NO_MEMORY } Outcome;

void *take(Columns *all, size_t size);
Outcome find_column(Columns *all, Span tag, Span metadata, int simple, Column **found);
Chunk *add_chunk(Columns *all, Column *column);
int add_point(Columns *all, Column *column, Point point);
void read_all_noted(Columns *all);
PyObject *told(const Columns *all, PyObject **points);
void give_back(Columns *all);
Columns *columns_of(PyObject *capsule); /* of one that `gathered` made; NULL with an exception */

/* Takes a record that is of its column's likeness; 0: there is no memory. What it says is read when
 * its chunk is full: the likeness lies ready then, and the record is still in the nearest cache. */
static inline int note(Columns *all, Column *column, size_t place) {
    Chunk *chunk = column->chunk;
    if (chunk->count == chunk->room && (chunk = add_chunk(all, column)) == NULL) return 0;
    chunk->places[chunk->count++] = (uint32_t)place;
    return 1;
}

#endif
