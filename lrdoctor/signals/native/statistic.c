/* Sums and ranks of a few hundred figures. */
#include "statistic.h"

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

/* The value of this rank, others put on its sides (Hoare's method). What is not a number ends a
 * scan, so that those stay within the array. */
double ranked(double *v, Py_ssize_t n, Py_ssize_t rank) {
    for (Py_ssize_t low = 0, high = n - 1; low < high;) {
        double pivot = v[rank];
        Py_ssize_t i = low, j = high;
        do {
            while (v[i] < pivot) i++;
            while (pivot < v[j]) j--;
            if (i <= j) {
                double other = v[i];
                v[i++] = v[j];
                v[j--] = other;
            }
        } while (i <= j);
        if (j < rank) low = i;
        if (rank < i) high = j;
    }
    return v[rank];
}

double largest(const double *v, Py_ssize_t n, double most) {
    for (Py_ssize_t i = 0; i < n; i++) most = v[i] > most ? v[i] : most;
    return most;
}

double median(double *v, Py_ssize_t n) {
    double upper = ranked(v, n, n / 2);
    return 0.5 * ((n % 2 ? upper : largest(v, n / 2, v[0])) + upper);
}
