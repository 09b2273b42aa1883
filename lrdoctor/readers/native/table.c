/* Lines of numbers between separators, as float() reads them, to the bit. */
#include "number.h"

static int is_nan(const uint8_t *at) {
    return (at[0] | 32) == 'n' && (at[1] | 32) == 'a' && (at[2] | 32) == 'n';
}

/* What stands in a cell: nothing, a number, or what is neither. */
enum { BLANK, NUMBER, OTHER };

/* Reads the cell that begins there, on a line that ends, and goes on to what ends the cell. */
static inline int cell(const uint8_t **place, int mark, double *value) {
    const uint8_t *at = *place;
    int kind = NUMBER;
    *value = Py_NAN;
    while (*at == ' ') at++;
    if (*at == mark || *at == '\n') kind = BLANK;
    else if (is_nan(at)) at += 3;
    else if ((at = number(at, value, OF_FLOAT)) == NULL) return OTHER;
    while (*at == ' ') at++;
    *place = at;
    return kind;
}

/* row(mark, columns, line) -> the figures of one line of so many cells, None for a blank one; None
 * where any cell is neither, all are blank, or it is not just one line. */
PyObject *row(PyObject *module, PyObject *const *args, Py_ssize_t count) {
    char *line;
    Py_ssize_t size, blanks = 0;
    (void)module;
    if (count != 3) {
        PyErr_SetString(PyExc_TypeError, "row(mark, columns, line)");
        return NULL;
    }
    int mark = (int)PyLong_AsLong(args[0]);
    Py_ssize_t columns = PyLong_AsSsize_t(args[1]);
    if (PyErr_Occurred() || PyBytes_AsStringAndSize(args[2], &line, &size) < 0) return NULL;
    if (columns < 1 || columns > size || line[size - 1] != '\n') return Py_NewRef(Py_None);
    PyObject *figures = PyList_New(columns);
    const uint8_t *at = (const uint8_t *)line, *end = at + size;
    for (Py_ssize_t column = 0; figures && column < columns; column++) {
        double value;
        PyObject *figure = NULL;
        int kind = cell(&at, mark, &value);
        if (kind != OTHER && *at++ == (column + 1 < columns ? mark : '\n')) {
            blanks += kind == BLANK;
            figure = kind == BLANK ? Py_NewRef(Py_None) : PyFloat_FromDouble(value);
        }
        if (!figure || PyList_SetItem(figures, column, figure) < 0) Py_CLEAR(figures);
    }
    if (figures && (at != end || blanks == columns)) Py_CLEAR(figures);
    return figures || PyErr_Occurred() ? figures : Py_NewRef(Py_None);
}

/* figures(body, mark, columns) -> (lines, values, filled), or None where any cell is neither a
 * number nor blank, or a line has other cells than that. Both are told column after column. */
PyObject *figures(PyObject *module, PyObject *args) {
    Py_buffer body;
    int mark;
    Py_ssize_t columns;
    (void)module;
    if (!PyArg_ParseTuple(args, "y*in", &body, &mark, &columns)) return NULL;
    const uint8_t *at = body.buf, *end = at + body.len;
    PyObject *values = NULL, *filled = NULL, *result = NULL;
    size_t lines = 0, width = columns > 0 ? (size_t)columns : 1;
    for (const uint8_t *byte = at; byte < end; byte++) lines += *byte == '\n';
    /* Every loop below ends at the last line's end. A cell takes a byte or more, so that what is
     * allocated is never more than eight times the text. */
    int good = columns > 0 && mark != '\n' && body.len > 0 && end[-1] == '\n'
               && lines <= (size_t)body.len / width;
    if (good) values = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)(8 * lines * width));
    char *out = values ? PyBytes_AsString(values) : NULL, *full = NULL;
    good = good && out != NULL;
    for (size_t line = 0; good && line < lines; line++) {
        size_t blanks = 0;
        for (size_t column = 0; good && column < width; column++) {
            double value;
            int kind = cell(&at, mark, &value);
            if (kind == BLANK) {
                blanks++;
                if (full == NULL) {
                    filled = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)(lines * width));
                    full = filled ? PyBytes_AsString(filled) : NULL;
                    if (full == NULL) goto done;
                    memset(full, 1, lines * width);
                }
                full[column * lines + line] = 0;
            }
            good = kind != OTHER && *at++ == (column + 1 < width ? mark : '\n');
            memcpy(out + 8 * (column * lines + line), &value, 8);
        }
        /* Where blanks may be all there is, such a line is none. */
        if (blanks == width && (width == 1 || mark == '\t')) good = 0;
    }
    if (good) result = Py_BuildValue("(nOO)", (Py_ssize_t)lines, values, filled ? filled : Py_None);
    else if (!PyErr_Occurred()) result = Py_NewRef(Py_None);
done:
    Py_XDECREF(values);
    Py_XDECREF(filled);
    PyBuffer_Release(&body);
    return result;
}
