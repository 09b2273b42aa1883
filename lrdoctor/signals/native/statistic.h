/* Sums and ranks of a few hundred figures. */
#ifndef LRDOCTOR_STATISTIC_H
#define LRDOCTOR_STATISTIC_H

#include "arrays.h"

/* The sum to the bit as NumPy rounds it. */
double paired(const double *v, Py_ssize_t n);
/* Of one figure or more. */
double mean(const double *v, Py_ssize_t n);
/* The largest of these and `most`. */
double largest(const double *v, Py_ssize_t n, double most);
/* The value of this rank, and the median; they move the figures about. */
double ranked(double *v, Py_ssize_t n, Py_ssize_t rank);
double median(double *v, Py_ssize_t n);

#endif
