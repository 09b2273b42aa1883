/* Sums and ranks of a few hundred figures. */
#include "statistic.h"
#include <float.h>

/* The sum as NumPy rounds it: by halves, and those by eight sums side by side. */
double paired(const double *v, Py_ssize_t n) {
    if (n > 128) {
        Py_ssize_t half = n / 2 - n / 2 % 8;
        return paired(v, half) + paired(v + half, n - half);
    }
    double sum[8], all = -0.0; /* what leaves a negative zero as it is */
    Py_ssize_t i = 0;
    if (n >= 8) {
        memcpy(sum, v, sizeof sum);
        for (i = 8; i + 8 <= n; i += 8)
            for (int k = 0; k < 8; k++) sum[k] += v[i + k];
        all = ((sum[0] + sum[1]) + (sum[2] + sum[3])) + ((sum[4] + sum[5]) + (sum[6] + sum[7]));
    }
    for (; i < n; i++) all += v[i];
    return all;
}

double mean(const double *v, Py_ssize_t n) { return (paired(v, n) + 0.0) / (double)n; }

double deviation(const double *v, Py_ssize_t n, double *room) {
    double middle = mean(v, n);
    for (Py_ssize_t i = 0; i < n; i++) room[i] = (v[i] - middle) * (v[i] - middle);
    return sqrt(mean(room, n));
}

double product(const double *a, const double *b, Py_ssize_t n, double *room) {
    for (Py_ssize_t i = 0; i < n; i++) room[i] = a[i] * b[i];
    return paired(room, n) + 0.0;
}

void less(const double *v, double middle, Py_ssize_t n, double *out) {
    for (Py_ssize_t i = 0; i < n; i++) out[i] = v[i] - middle;
}

static void sorted(double *v, Py_ssize_t n) {
    for (Py_ssize_t i = 1; i < n; i++) {
        double value = v[i];
        Py_ssize_t at = i;
        for (; at > 0 && v[at - 1] > value; at--) v[at] = v[at - 1];
        v[at] = value;
    }
}

enum { PARTS = 64, FEW = 12 };

/* Which part of the range a value lies in, the last one where it is the highest. */
static int part_of(double value, double low, double scale) {
    int part = (int)((value - low) * scale);
    return part < PARTS ? part : PARTS - 1;
}

/* Of many values the part of their range that holds this rank is kept, again and again: that has
 * no branch to guess, as comparing has. */
double ranked(double *v, Py_ssize_t n, Py_ssize_t rank) {
    while (n > FEW) {
        double low = v[0], high = v[0], sum = 0;
        for (Py_ssize_t i = 0; i < n; i++) {
            low = v[i] < low ? v[i] : low;
            high = v[i] > high ? v[i] : high;
            sum += v[i] * 0; /* not a number where one is none, or is infinite */
        }
        double scale = PARTS / (high - low);
        if (high == low && sum == 0) return v[rank];
        if (!(sum == 0 && scale > 0 && scale <= DBL_MAX)) break;
        Py_ssize_t counts[PARTS] = {0}, below = 0, kept = 0;
        for (Py_ssize_t i = 0; i < n; i++) counts[part_of(v[i], low, scale)]++;
        int part = 0;
        for (; below + counts[part] <= rank; part++) below += counts[part];
        for (Py_ssize_t i = 0; i < n; i++) {
            double value = v[i];
            v[kept] = value;
            kept += part_of(value, low, scale) == part;
        }
        rank -= below;
        n = kept;
    }
    sorted(v, n);
    return v[rank];
}

double largest(const double *v, Py_ssize_t n, double most) {
    for (Py_ssize_t i = 0; i < n; i++) most = v[i] > most ? v[i] : most;
    return most;
}

double median(const double *v, Py_ssize_t n, double *room) {
    memcpy(room, v, (size_t)n * sizeof *room);
    double upper = ranked(room, n, n / 2), lower = upper;
    if (n % 2 == 0) {
        Py_ssize_t below = 0;
        double most = -INFINITY;
        for (Py_ssize_t i = 0; i < n; i++) {
            below += v[i] < upper;
            most = v[i] < upper && v[i] > most ? v[i] : most;
        }
        if (below == n / 2) lower = most;
    }
    return 0.5 * (lower + upper);
}
