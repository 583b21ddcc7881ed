/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon/probe/merge.h - the verdicts of all addresses of an endpoint as one. Pure.
 */
#pragma once

struct exam_report;
struct exam_request;

/*
 * The address whose probe and chain stand for @report: one where we could not look, or else the
 * worst that showed a certificate, or else the worst. Each is judged.
 */
const struct exam_report *merge_worst(const struct exam_report *report);

/*
 * Turns .verdict, which is that of merge_worst(), into that of all: what each has found, once, with
 * the addresses it is of unless all have it; failed probes; what differs. The newest certificate
 * becomes its .leaf.
 */
void merge_each(const struct exam_request *req, struct exam_report *report);
