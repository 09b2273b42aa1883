/* Logged rates on their way to a schedule: what ../../schedules/points.py does point by point. */
#include "arrays.h"

/* Scale the rates to their highest and weigh them. Returns 0 where there is none, one is not finite
 * or below zero, none is above zero, or a step is not above the one before it. */
static int prepared(const int64_t *steps, const double *rates, Py_ssize_t n, double floor,
                    double *at, double *scaled, double *weights, double *least, double *most) {
    if (n == 0) return 0;
    *least = *most = rates[0];
    for (Py_ssize_t i = 0; i < n; i++) {
        at[i] = (double)steps[i]; /* beyond 2^53 neighbours are one */
        if (!isfinite(rates[i]) || (i && at[i] <= at[i - 1])) return 0;
        *least = rates[i] < *least ? rates[i] : *least;
        *most = rates[i] > *most ? rates[i] : *most;
    }
    if (*least < 0 || *most <= 0) return 0;
    for (Py_ssize_t i = 0; i < n; i++) {
        scaled[i] = rates[i] / *most;
        weights[i] = 1 / (scaled[i] + floor);
    }
    return 1;
}

/* points(steps, rates, floor, at, scaled, weights) -> (least, most) or None */
PyObject *points(PyObject *module, PyObject *args) {
    PyObject *arrays[5], *result = NULL;
    double floor, least, most;
    Py_ssize_t n = ANY;
    (void)module;
    if (!PyArg_ParseTuple(args, "OOdOOO", &arrays[0], &arrays[1], &floor, &arrays[2], &arrays[3],
                          &arrays[4]))
        return NULL;
    Held held = {.count = 0};
    const int64_t *steps = given(&held, arrays[0], 'l', &n);
    const double *rates = steps ? given(&held, arrays[1], 'd', &n) : NULL;
    double *at = rates ? wanted(&held, arrays[2], 'd', n) : NULL;
    double *scaled = at ? wanted(&held, arrays[3], 'd', n) : NULL;
    double *weights = scaled ? wanted(&held, arrays[4], 'd', n) : NULL;
    if (weights && prepared(steps, rates, n, floor, at, scaled, weights, &least, &most))
        result = Py_BuildValue("(dd)", least, most);
    return answer(&held, result);
}

/* level_borders(rates, same, out) -> how many of out, which has one more than there are rates, are
 * the first points of runs of equal rates; the last of them is the number of rates. */
PyObject *level_borders(PyObject *module, PyObject *args) {
    PyObject *array, *out;
    double same;
    Py_ssize_t n = ANY, count = 0;
    (void)module;
    if (!PyArg_ParseTuple(args, "OdO", &array, &same, &out)) return NULL;
    Held held = {.count = 0};
    const double *rates = given(&held, array, 'd', &n);
    int64_t *borders = rates ? wanted(&held, out, 'l', n + 1) : NULL;
    for (Py_ssize_t i = 0; borders && i <= n; i++) {
        int moved = i == 0 || i == n;
        if (!moved) {
            double higher = rates[i] > rates[i - 1] ? rates[i] : rates[i - 1];
            moved = fabs(rates[i] - rates[i - 1]) > same * higher;
        }
        if (moved) borders[count++] = i;
    }
    return answer(&held, borders ? PyLong_FromSsize_t(count) : NULL);
}

/* Whether a rate above zero has no more digits than that. */
static int printed(double rate, int digits) {
    double unit = pow(10.0, floor(log10(rate)));
    if (unit == 0) return 0; /* of the smallest numbers there are, which no log prints */
    double ticks = rate / unit * pow(10.0, digits - 1);
    return fabs(ticks - nearbyint(ticks)) < 1e-6 * ticks + 1e-9;
}

static int all_printed(const double *rates, Py_ssize_t n, Py_ssize_t step, int digits) {
    for (Py_ssize_t i = 0, above = 0; i < n; i++)
        if (rates[i] > 0 && above++ % step == 0 && !printed(rates[i], digits)) return 0;
    return 1;
}

/* printed_digits(rates, step) -> 3 or 4 where every so-manieth rate above zero has no more digits,
 * else 0 */
PyObject *printed_digits(PyObject *module, PyObject *args) {
    PyObject *array;
    Py_ssize_t n = ANY, step;
    int digits = 0;
    (void)module;
    if (!PyArg_ParseTuple(args, "On", &array, &step)) return NULL;
    Held held = {.count = 0};
    const double *rates = given(&held, array, 'd', &n);
    if (rates && step < 1) PyErr_SetString(PyExc_ValueError, "a step is 1 or more");
    else if (rates && all_printed(rates, n, step, 3)) digits = 3;
    else if (rates && all_printed(rates, n, step, 4)) digits = 4;
    return answer(&held, rates && step >= 1 ? PyLong_FromLong(digits) : NULL);
}
