/* Lines of JSON objects whose numbers alone differ, as columns: each value is what json.loads and
 * float() make of it, to the bit. */
#include "number.h"

enum { MOST = 1024 }; /* numbers of a line */

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

/* What stands before each number of a line, and behind the last one. */
static int take_pieces(PyObject *list, Span *pieces, Py_ssize_t *count) {
    *count = PyList_Check(list) ? PyList_Size(list) : 0;
    if (*count < 2 || *count > MOST) {
        PyErr_SetString(PyExc_ValueError, "between which bytes do numbers stand?");
        return 0;
    }
    for (Py_ssize_t at = 0; at < *count; at++) {
        char *bytes;
        Py_ssize_t size;
        if (PyBytes_AsStringAndSize(PyList_GetItem(list, at), &bytes, &size) < 0) return 0;
        pieces[at] = (Span){(const uint8_t *)bytes, (const uint8_t *)bytes + size};
    }
    return 1;
}

/* Line after line into columns; 0 where any line is another. */
static int read_lines(Span body, const Span *pieces, size_t width, size_t lines, char *out) {
    for (size_t line = 0; line < lines; line++) {
        for (size_t column = 0; column < width; column++) {
            double value;
            if (!begins(body, pieces[column])) return 0;
            body.at += left(pieces[column]);
            if (!left(body) || (body.at = figure(body, &value)) == NULL) return 0;
            memcpy(out + 8 * (column * lines + line), &value, 8);
        }
        if (!begins(body, pieces[width])) return 0;
        body.at += left(pieces[width]);
    }
    return body.at == body.end;
}

/* objects(body, pieces) -> (lines, values), or None where any line is other than its pieces with
 * numbers between them. The values are told column after column. */
PyObject *objects(PyObject *module, PyObject *args) {
    Py_buffer held;
    PyObject *list, *values = NULL, *result = NULL;
    Span pieces[MOST];
    Py_ssize_t count;
    (void)module;
    if (!PyArg_ParseTuple(args, "y*O", &held, &list)) return NULL;
    Span body = {held.buf, (const uint8_t *)held.buf + held.len};
    if (!take_pieces(list, pieces, &count)) goto done;
    size_t lines = 0, width = (size_t)count - 1;
    for (const uint8_t *byte = body.at; byte < body.end; byte++) lines += *byte == '\n';
    /* A number takes a byte or more, so that what is allocated is never more than eight times the
     * text; each loop ends at the last line's end. */
    int good = lines > 0 && body.end[-1] == '\n' && lines <= left(body) / width;
    if (good) {
        values = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)(8 * lines * width));
        char *out = values ? PyBytes_AsString(values) : NULL;
        if (out == NULL) goto done;
        good = read_lines(body, pieces, width, lines, out);
    }
    if (good) result = Py_BuildValue("(nO)", (Py_ssize_t)lines, values);
    else if (!PyErr_Occurred()) result = Py_NewRef(Py_None);
done:
    Py_XDECREF(values);
    PyBuffer_Release(&held);
    return result;
}
