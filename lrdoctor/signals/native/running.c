/* What is carried from point to point: ../best.py, ../peak.py, ../streak.py, ../moments.py,
 * ../turning.py and rules/_beside.py. */
#include "arrays.h"

static void running_low(const void *from, void *to, Py_ssize_t n) {
    const double *values = from;
    double *out = to, low = n ? values[0] : 0;
    for (Py_ssize_t i = 0; i < n; i++) {
        if (values[i] < low) low = values[i];
        out[i] = low + 0.0; /* a zero is positive */
    }
}

static void running_high(const void *from, void *to, Py_ssize_t n) {
    const double *values = from;
    double *out = to, high = NAN;
    for (Py_ssize_t i = 0; i < n; i++) {
        if (values[i] > high || high != high) high = values[i];
        out[i] = high + 0.0;
    }
}

static void in_a_row(const void *from, void *to, Py_ssize_t n) {
    const char *holds = from;
    int64_t *out = to, count = 0;
    for (Py_ssize_t i = 0; i < n; i++) out[i] = count = holds[i] ? count + 1 : 0;
}

/* What takes one array and fills another one of its length. */
static PyObject *filled(PyObject *args, char kind, char other,
                        void (*fill)(const void *, void *, Py_ssize_t)) {
    PyObject *from, *to;
    Py_ssize_t n = ANY;
    Held held = {.count = 0};
    if (!PyArg_ParseTuple(args, "OO", &from, &to)) return NULL;
    const void *items = given(&held, from, kind, &n);
    void *out = items ? wanted(&held, to, other, n) : NULL;
    if (out) fill(items, out, n);
    return give_back(&held);
}

/* best(values, out) */
PyObject *best(PyObject *module, PyObject *args) {
    (void)module;
    return filled(args, 'd', 'd', running_low);
}

/* peak(values, out) */
PyObject *peak(PyObject *module, PyObject *args) {
    (void)module;
    return filled(args, 'd', 'd', running_high);
}

/* streak(holds, out) */
PyObject *streak(PyObject *module, PyObject *args) {
    (void)module;
    return filled(args, '?', 'l', in_a_row);
}

static int moments_of(const double *values, const int64_t *begin, double *out, Py_ssize_t n) {
    double *sums = PyMem_Malloc((size_t)(n + 1) * 2 * sizeof *sums), total = 0, squares = 0;
    double base = n ? values[0] : 0;
    if (sums == NULL) return 0;
    sums[0] = sums[1] = 0;
    for (Py_ssize_t i = 0; i < n; i++) {
        double far = values[i] - base;
        sums[2 * i + 2] = total = i ? total + far : far; /* as a sum that begins with the first */
        sums[2 * i + 3] = squares = i ? squares + far * far : far * far;
    }
    for (Py_ssize_t i = 0; i < n; i++) {
        const double *to = sums + 2 * i + 2, *from = sums + 2 * begin[i];
        double held = (double)(i - begin[i] + 1), sum = to[0] - from[0], mean = sum / held;
        double over = (to[1] - from[1]) - mean * sum;
        if (over < 0) over = 0;
        out[2 * i] = base + mean;
        out[2 * i + 1] = sqrt(over / (held > 2 ? held - 1 : 1));
    }
    PyMem_Free(sums);
    return 1;
}

/* moments(values, begin, out) */
PyObject *moments(PyObject *module, PyObject *args) {
    PyObject *values, *begin, *out;
    Py_ssize_t n = ANY;
    Held held = {.count = 0};
    (void)module;
    if (!PyArg_ParseTuple(args, "OOO", &values, &begin, &out)) return NULL;
    const double *from = given(&held, values, 'd', &n);
    const int64_t *first = from ? given(&held, begin, 'l', &n) : NULL;
    double *to = first ? wanted(&held, out, 'd', 2 * n) : NULL;
    for (Py_ssize_t i = 0; to && i < n; i++)
        if (first[i] < 0 || first[i] > i) {
            PyErr_SetString(PyExc_IndexError, "what is newest begins elsewhere");
            to = NULL;
        }
    if (to && !moments_of(from, first, to, n)) PyErr_NoMemory();
    return give_back(&held);
}

static Py_ssize_t turns_of(const double *values, const double *swing, int64_t *turns,
                           int64_t *known, Py_ssize_t n) {
    Py_ssize_t count = 0, high_at = 0, low_at = 0;
    double high = n ? values[0] : 0, low = high;
    int way = 0;
    for (Py_ssize_t at = 0; at < n; at++) {
        double value = values[at];
        if (value > high) high = value, high_at = at;
        if (value < low) low = value, low_at = at;
        int down = way >= 0 && high - value > swing[at];
        int up = !down && way <= 0 && value - low > swing[at];
        if (!(down || up)) continue;
        if (way) {
            turns[count] = down ? high_at : low_at;
            known[count++] = at;
        }
        way = down ? -1 : 1;
        if (down) low = value, low_at = at;
        else high = value, high_at = at;
    }
    return count;
}

/* turning(values, swing, turns, known) -> how many */
PyObject *turning(PyObject *module, PyObject *args) {
    PyObject *values, *swing, *turns, *known;
    Py_ssize_t n = ANY, count = 0;
    Held held = {.count = 0};
    (void)module;
    if (!PyArg_ParseTuple(args, "OOOO", &values, &swing, &turns, &known)) return NULL;
    const double *from = given(&held, values, 'd', &n);
    const double *size = from ? given(&held, swing, 'd', &n) : NULL;
    int64_t *at = size ? wanted(&held, turns, 'l', n) : NULL;
    int64_t *when = at ? wanted(&held, known, 'l', n) : NULL;
    if (when) count = turns_of(from, size, at, when, n);
    return answer(&held, when ? PyLong_FromSsize_t(count) : NULL);
}

/* newest(known, steps, out) */
PyObject *newest(PyObject *module, PyObject *args) {
    PyObject *known, *steps, *out;
    Py_ssize_t n = ANY, count = ANY;
    Held held = {.count = 0};
    (void)module;
    if (!PyArg_ParseTuple(args, "OOO", &known, &steps, &out)) return NULL;
    const int64_t *from = given(&held, known, 'l', &count);
    const int64_t *at = from ? given(&held, steps, 'l', &n) : NULL;
    int64_t *to = at ? wanted(&held, out, 'l', n) : NULL;
    Py_ssize_t next = 0;
    for (Py_ssize_t i = 0; to && i < n; i++) {
        while (next < count && from[next] <= at[i]) next++;
        to[i] = next - 1;
    }
    return give_back(&held);
}
