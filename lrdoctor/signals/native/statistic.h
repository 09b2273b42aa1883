/* Sums and ranks of a few hundred figures. */
#ifndef LRDOCTOR_STATISTIC_H
#define LRDOCTOR_STATISTIC_H

#include "arrays.h"

/* The sum to the bit as NumPy rounds it. */
double paired(const double *v, Py_ssize_t n);
/* Of one figure or more. */
double mean(const double *v, Py_ssize_t n);
/* From their mean; `room` holds as many. */
double deviation(const double *v, Py_ssize_t n, double *room);
/* The sum of the products of two; `room` holds as many. */
double product(const double *a, const double *b, Py_ssize_t n, double *room);
/* Each less the middle. */
void less(const double *v, double middle, Py_ssize_t n, double *out);
/* The largest of these and `most`. */
double largest(const double *v, Py_ssize_t n, double most);
/* The value of this rank; the values do not survive it. */
double ranked(double *v, Py_ssize_t n, Py_ssize_t rank);
/* Of one figure or more; `room` holds as many. */
double median(const double *v, Py_ssize_t n, double *room);

#endif
