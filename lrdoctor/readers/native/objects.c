/* Lines of JSON objects that have a few shapes and differ in their numbers alone, as columns: each
 * value is what json.loads and float() make of it, to the bit. */
#include "number.h"

enum { MOST = 1024, SHAPES = 8 }; /* numbers of a line; kinds of lines in one log */

static inline int begins(Span span, Span with) {
    return left(span) >= left(with) && memcmp(span.at, with.at, left(with)) == 0;
}

static const char NAN_WORD[] = "NaN", INFINITE[] = "Infinity";

/* A word that json.dumps writes for what JSON has no number for. */
static const uint8_t *word(Span span, double *value) {
    int negative = *span.at == '-';
    span.at += negative;
    size_t size = sizeof INFINITE - 1;
    *value = negative ? -Py_HUGE_VAL : Py_HUGE_VAL;
    if (!negative && *span.at == 'N') {
        size = sizeof NAN_WORD - 1;
        *value = Py_NAN;
    }
    const uint8_t *told = (const uint8_t *)(size == sizeof NAN_WORD - 1 ? NAN_WORD : INFINITE);
    return begins(span, (Span){told, told + size}) ? span.at + size : NULL;
}

/* The number that begins there, on a line that ends; NULL where it is none, or readers of JSON
 * differ on it: a whole zero with a sign, and what is beyond all floats. */
static inline const uint8_t *figure(Span span, double *value) {
    const uint8_t *end = number(span.at, value, OF_JSON);
    if (end == NULL) return word(span, value);
    if (*value == 0 && *span.at == '-' && end == span.at + 2) return NULL;
    return *value - *value == 0 ? end : NULL;
}

/* Lines that differ in their numbers alone: what stands before each number, and behind the last. */
typedef struct {
    Span *pieces;
    size_t width, count; /* numbers of a line; lines read */
    char *out;
} Shape;

/* What was read so far, line after line. */
typedef struct {
    double *figures;
    uint8_t *kinds; /* of each line, which shape it has */
    size_t figure_count, figure_room, line_count, line_room;
} Read;

static int take_shape(PyObject *list, Shape *shape) {
    Py_ssize_t count = list && PyList_Check(list) ? PyList_Size(list) : 0;
    if (count < 2 || count > MOST) {
        PyErr_SetString(PyExc_ValueError, "between which bytes do numbers stand?");
        return 0;
    }
    shape->width = (size_t)count - 1;
    shape->pieces = PyMem_Calloc((size_t)count, sizeof *shape->pieces);
    if (shape->pieces == NULL) return PyErr_NoMemory() != NULL;
    for (Py_ssize_t at = 0; at < count; at++) {
        char *bytes;
        Py_ssize_t size;
        if (PyBytes_AsStringAndSize(PyList_GetItem(list, at), &bytes, &size) < 0) return 0;
        shape->pieces[at] = (Span){(const uint8_t *)bytes, (const uint8_t *)bytes + size};
    }
    return 1;
}

static int take_shapes(PyObject *list, Shape *shapes, size_t *count) {
    Py_ssize_t told = PyList_Check(list) ? PyList_Size(list) : 0;
    if (told < 1 || told > SHAPES) {
        PyErr_SetString(PyExc_ValueError, "which shapes may a line have?");
        return 0;
    }
    for (*count = 0; *count < (size_t)told; ++*count)
        if (!take_shape(PyList_GetItem(list, (Py_ssize_t)*count), &shapes[*count])) return 0;
    return 1;
}

/* The numbers of one line, which ends; where the next one begins, or NULL where it is another. */
static inline const uint8_t *read_line(Span body, const Shape *shape, double *out) {
    for (size_t column = 0; column < shape->width; column++) {
        if (!begins(body, shape->pieces[column])) return NULL;
        body.at += left(shape->pieces[column]);
        if (!left(body) || (body.at = figure(body, &out[column])) == NULL) return NULL;
    }
    Span last = shape->pieces[shape->width];
    return begins(body, last) ? body.at + left(last) : NULL;
}

/* Reads line after line, of which the last one ends, until one has none of the shapes; returns its
 * place, or NULL where there is no memory. */
static const uint8_t *read_lines(Span body, Shape *shapes, size_t count, Read *read) {
    size_t after[SHAPES] = {0}; /* which shape came next the last time */
    size_t last = 0;
    while (left(body)) {
        double line[MOST];
        size_t kind = after[last], tried = 0;
        const uint8_t *end = read_line(body, &shapes[kind], line);
        for (; end == NULL && tried < count; tried++)
            if (tried != after[last]) end = read_line(body, &shapes[kind = tried], line);
        if (end == NULL) break;
        size_t width = shapes[kind].width;
        while (read->figure_room - read->figure_count < width) {
            double *figures = roomy(read->figures, read->figure_room, &read->figure_room, 8);
            if (figures == NULL) return NULL;
            read->figures = figures;
        }
        uint8_t *kinds = roomy(read->kinds, read->line_count, &read->line_room, 1);
        if (kinds == NULL) return NULL;
        read->kinds = kinds;
        memcpy(read->figures + read->figure_count, line, 8 * width);
        read->figure_count += width;
        read->kinds[read->line_count++] = (uint8_t)kind;
        shapes[kind].count++;
        after[last] = kind;
        last = kind;
        body.at = end;
    }
    return body.at;
}

/* The numbers of each shape's lines, column after column; NULL with an exception. */
static PyObject *told_apart(const Read *read, Shape *shapes, size_t count) {
    PyObject *all = PyList_New((Py_ssize_t)count);
    for (size_t at = 0; all && at < count; at++) {
        Py_ssize_t size = (Py_ssize_t)(8 * shapes[at].width * shapes[at].count);
        PyObject *values = PyBytes_FromStringAndSize(NULL, size);
        shapes[at].out = values ? PyBytes_AsString(values) : NULL;
        if (values == NULL || PyList_SetItem(all, (Py_ssize_t)at, values) < 0) Py_CLEAR(all);
    }
    const double *figures = read->figures;
    for (size_t line = 0; all && line < read->line_count; line++) {
        Shape *shape = &shapes[read->kinds[line]];
        for (size_t column = 0; column < shape->width; column++)
            memcpy(shape->out + 8 * column * shape->count, figures++, 8);
        shape->out += 8;
    }
    return all;
}

/* objects(body, at, shapes) -> (end, kinds, values): the lines from there on, up to one that has
 * none of the shapes; see _compiled.pyi. */
PyObject *objects(PyObject *module, PyObject *args) {
    Py_buffer held;
    Py_ssize_t at;
    PyObject *list, *values = NULL, *result = NULL;
    Shape shapes[SHAPES] = {{0}};
    Read read = {0};
    size_t count = 0;
    (void)module;
    if (!PyArg_ParseTuple(args, "y*nO", &held, &at, &list)) return NULL;
    const uint8_t *begin = held.buf, *end = begin + held.len;
    if (at < 0 || at > held.len || (held.len && end[-1] != '\n'))
        PyErr_SetString(PyExc_ValueError, "a place outside of the lines, or no whole lines");
    else if (take_shapes(list, shapes, &count)) {
        end = read_lines((Span){begin + at, end}, shapes, count, &read);
        if (end == NULL) PyErr_NoMemory();
        else if ((values = told_apart(&read, shapes, count)) != NULL)
            result = Py_BuildValue("(ny#N)", (Py_ssize_t)(end - begin),
                                   read.kinds ? (const char *)read.kinds : "",
                                   (Py_ssize_t)read.line_count, values);
    }
    for (size_t shape = 0; shape < SHAPES; shape++) PyMem_Free(shapes[shape].pieces);
    PyMem_Free(read.figures);
    PyMem_Free(read.kinds);
    PyBuffer_Release(&held);
    return result;
}
