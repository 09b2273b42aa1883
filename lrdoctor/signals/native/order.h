/* Figures in their order. */
#ifndef LRDOCTOR_ORDER_H
#define LRDOCTOR_ORDER_H

#include "arrays.h"

typedef struct {
    double *sorted;   /* the figures, the lowest first; a zero is positive */
    uint32_t *places; /* of each figure there; equal ones stand as they came */
} Order;

/* Below 2^32 figures; 0: there is no memory. What is not a number stands somewhere.
 * `sorted` is to be freed. */
int in_order(const double *values, size_t n, Order *order);

#endif
