#!/usr/bin/env perl
# Writes fold_table.h: perl engine/text/fold_table.pl > engine/text/fold_table.h
#
# A pair is an upper case letter and a lower case letter of which each is the other's simple mapping
# in the Unicode Character Database that perl carries. Pairs at equal distances are put in one run.
use strict;
use warnings;
use Unicode::UCD qw(charprop);

my @pairs;
for my $upper (0x80 .. 0x1ffff) {
    next if $upper >= 0xd800 && $upper <= 0xdfff;
    my $lower = ord charprop($upper, 'Simple_Lowercase_Mapping');
    next if $lower == $upper;
    push @pairs, [$upper, $lower] if ord(charprop($lower, 'Simple_Uppercase_Mapping')) == $upper;
}

my @runs;
for my $pair (@pairs) {
    my ($upper, $lower) = @$pair;
    my $run = $runs[-1];
    if ($run && $run->{delta} == $lower - $upper) {
        my $step = $upper - $run->{last};
        if ($step <= 2 && (!$run->{step} || $run->{step} == $step)) {
            @$run{qw(last step)} = ($upper, $step);
            next;
        }
    }
    push @runs, { first => $upper, last => $upper, delta => $lower - $upper, step => 0 };
}

my $version = Unicode::UCD::UnicodeVersion();
my $count = @pairs;
print <<"END";
/*
 * fold_table.h - upper case letters beyond ASCII that have one lower case letter and are its one
 * upper case letter, by Unicode $version: $count pairs. Written by fold_table.pl; do not edit.
 */
#ifndef EB_TEXT_FOLD_TABLE_H
#define EB_TEXT_FOLD_TABLE_H

#include <stdint.h>

/* The letters first, first + step, …, last; each one's lower case letter is `delta` further. */
struct fold_run {
    uint32_t first, last;
    int32_t delta;
    uint32_t step;
};

/* In order of `first`, not overlapping. */
static const struct fold_run fold_runs[] = {
END
printf "    { 0x%04x, 0x%04x, %d, %d },\n", @$_{qw(first last delta)}, $_->{step} || 1 for @runs;
print <<'END';
};

#endif
END
