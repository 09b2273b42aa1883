/* Lines of numbers between separators, as float() reads them, to the bit. */
#include "compiled.h"

enum { DIGITS = 19 };  /* so many fit a word */
enum { SMALLEST = -27 }; /* 5^27 fits a word */

static const double tens[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
                              1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

#ifdef __SIZEOF_INT128__
/* digits / 10^ten, rounded once: a quotient of 63 bits or more, and whether anything is left.
 * digits is not 0, ten is within 1 .. 27. */
static double divided(uint64_t digits, int ten) {
    uint64_t five = 1, rest;
    for (int n = 0; n < ten; n++) five *= 5;
    int up = __builtin_clzll(digits), over = __builtin_clzll(five);
    unsigned __int128 numerator = (unsigned __int128)(digits << up) << 63;
    five <<= over;
    uint64_t quotient = (uint64_t)(numerator / five);
    rest = (uint64_t)(numerator - (unsigned __int128)quotient * five);
    int drop = 11 - __builtin_clzll(quotient);
    uint64_t kept = quotient >> drop, lost = quotient & ((1u << drop) - 1), half = 1u << (drop - 1);
    if (lost > half || (lost == half && (rest || (kept & 1)))) kept++;
    uint64_t power = (uint64_t)(1023 + over - 63 - up - ten + drop) << 52;
    double two;
    memcpy(&two, &power, 8);
    return (double)kept * two;
}
#endif

/* What float() makes of a number as it stands; 0 where it makes nothing of it. */
static int as_python(const uint8_t *at, const uint8_t *end, double *value) {
    char *stop;
    *value = PyOS_string_to_double((const char *)at, &stop, NULL);
    if (PyErr_Occurred()) {
        PyErr_Clear();
        return 0;
    }
    return (const uint8_t *)stop == end;
}

static inline int is_digit(uint8_t byte) { return (uint8_t)(byte - '0') < 10; }

/* A number of digits that begins there, which some other byte ends; NULL where there is none. */
static const uint8_t *number(const uint8_t *at, double *value) {
    const uint8_t *begin = at, *first;
    uint64_t digits = 0;
    int64_t count = 0, ten = 0, told = 0;
    int negative = *at == '-';
    at += negative || *at == '+';
    for (first = at; *at == '0'; at++) {}
    for (; is_digit(*at); at++, count++) digits = 10 * digits + (uint64_t)(*at - '0');
    told = at - first;
    if (*at == '.') {
        first = ++at;
        if (!digits) while (*at == '0') at++;
        const uint8_t *significant = at;
        for (; is_digit(*at); at++) digits = 10 * digits + (uint64_t)(*at - '0');
        count += at - significant;
        ten = first - at;
        told -= ten;
    }
    if (!told) return NULL;
    if (*at == 'e' || *at == 'E') {
        int64_t exponent = 0;
        int down = *++at == '-';
        at += down || *at == '+';
        if (!is_digit(*at)) return NULL;
        for (; is_digit(*at); at++)
            if (exponent < 100000) exponent = 10 * exponent + (*at - '0');
        ten += down ? -exponent : exponent;
    }
    if (count <= DIGITS) { /* else the word has overflown */
        if (digits >> 53 == 0 && ten >= -22 && ten <= 22) { /* both are exact: rounded once */
            double exact = (double)digits;
            exact = ten < 0 ? exact / tens[-ten] : exact * tens[ten];
            *value = negative ? -exact : exact;
            return at;
        }
#ifdef __SIZEOF_INT128__
        if (digits && ten >= SMALLEST && ten < 0) {
            double rounded = divided(digits, (int)-ten);
            *value = negative ? -rounded : rounded;
            return at;
        }
#endif
    }
    return as_python(begin, at, value) ? at : NULL;
}

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
    else if ((at = number(at, value)) == NULL) return OTHER;
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
    int good = columns > 0 && body.len > 0 && end[-1] == '\n' && lines <= (size_t)body.len / width;
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
