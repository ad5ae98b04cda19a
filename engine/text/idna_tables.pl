#!/usr/bin/perl
# Writes idna_tables.c: perl idna_tables.pl > idna_tables.c
#
# Everything comes from the Unicode data perl itself was built with (Debian 12: Unicode 14); what
# IDNA2008 makes of it is computed by the rules of RFC 5892 §2 and §3, not copied from a registry.
use strict;
use warnings;
use feature qw(fc unicode_strings);
use Unicode::Normalize qw(NFKC getCombinClass getCanon getComposite isComp_Ex isNFC_MAYBE);
use Unicode::UCD;

my $BLOCK = 128;
my $END   = 0x110000;

my %exceptions; # RFC 5892 §2.6
$exceptions{$_} = 'VALID' for 0xdf, 0x3c2, 0x6fd, 0x6fe, 0xf0b, 0x3007;
$exceptions{$_} = 'CONTEXT_O' for 0xb7, 0x375, 0x5f3, 0x5f4, 0x30fb, 0x660 .. 0x669, 0x6f0 .. 0x6f9;
$exceptions{$_} = 'DISALLOWED' for 0x640, 0x7fa, 0x302e, 0x302f, 0x3031 .. 0x3035, 0x303b;

sub is_unstable { # §2.2
    my $c = shift;
    return $c ne NFKC(fc(NFKC($c)));
}

sub is_in_ignorable_block { # §2.4
    my $cp = shift;
    return ($cp >= 0x20d0 && $cp <= 0x20ff) || ($cp >= 0x1d100 && $cp <= 0x1d24f);
}

sub kind { # §3
    my $cp = shift;
    return $exceptions{$cp} if $exceptions{$cp};
    return 'DISALLOWED' if $cp >= 0xd800 && $cp <= 0xdfff;
    my $c = chr $cp;
    return 'DISALLOWED' if $c =~ /\p{gc=Cn}/;
    return 'VALID'      if $c =~ /[-0-9a-z]/a;
    return 'CONTEXT_J'  if $c =~ /\p{Join_Control}/;
    return 'DISALLOWED' if is_unstable($c);
    return 'DISALLOWED' if $c =~ /[\p{Default_Ignorable_Code_Point}\p{White_Space}\p{Noncharacter_Code_Point}]/;
    return 'DISALLOWED' if is_in_ignorable_block($cp);
    return 'DISALLOWED' if $c =~ /[\p{hst=L}\p{hst=V}\p{hst=T}]/;
    return 'VALID'      if $c =~ /[\p{Ll}\p{Lu}\p{Lo}\p{Nd}\p{Lm}\p{Mn}\p{Mc}]/;
    return 'DISALLOWED';
}

sub bidi { # RFC 5893 §2 tells these apart
    my $c = shift;
    for my $class (qw(L R AL AN EN NSM)) {
        return $class if $c =~ /\p{bc=$class}/;
    }
    return $c =~ /[\p{bc=ES}\p{bc=CS}\p{bc=ET}\p{bc=ON}\p{bc=BN}]/ ? 'NEUTRAL' : 'OTHER';
}

sub joining { # RFC 5892 appendix A.1 tells these apart
    my $c = shift;
    return 'BOTH'        if $c =~ /\p{jt=D}/;
    return 'LEFT'        if $c =~ /\p{jt=L}/;
    return 'RIGHT'       if $c =~ /\p{jt=R}/;
    return 'TRANSPARENT' if $c =~ /\p{jt=T}/;
    return 'NONE';
}

sub script { # RFC 5892 appendix A.4 to A.7 tell these apart
    my $c = shift;
    return 'GREEK'  if $c =~ /\p{sc=Grek}/;
    return 'HEBREW' if $c =~ /\p{sc=Hebr}/;
    return 'KANA_OR_HAN' if $c =~ /[\p{sc=Hira}\p{sc=Kana}\p{sc=Hani}]/;
    return 'OTHER';
}

my (%record_index, @records, @kinds);
sub record_of {
    my $cp = shift;
    my $kind = $kinds[$cp] = kind($cp);
    return 0 if $kind eq 'DISALLOWED';
    my $c = chr $cp;
    my $text = sprintf '{ %d, IDNA_%s, BIDI_%s, JOINING_%s, SCRIPT_%s, %d, %d }', getCombinClass($cp),
        $kind, bidi($c), joining($c), script($c), $c =~ /\p{M}/ ? 1 : 0, isNFC_MAYBE($cp) ? 1 : 0;
    $record_index{$text} //= push(@records, $text) - 1;
    return $record_index{$text};
}

push @records, '{ 0, IDNA_DISALLOWED, BIDI_OTHER, JOINING_NONE, SCRIPT_OTHER, 0, 0 }';
my (%block_index, @blocks, @stage);
for (my $first = 0; $first < $END; $first += $BLOCK) {
    my $text = join ',', map { record_of($_) } $first .. $first + $BLOCK - 1;
    $block_index{$text} //= push(@blocks, $text) - 1;
    push @stage, $block_index{$text};
}
pop @stage while $stage[-1] == $stage[-2]; # what lies beyond is like the last
die 'too many records or blocks' if @records > 256 || @blocks > 256;

my @pairs;
for my $cp (0 .. $END - 1) {
    next if $cp >= 0xac00 && $cp <= 0xd7a3;
    my $whole = getCanon($cp) // next;
    next if length $whole < 2;
    # One step back: the last character, and the composite of all before it.
    my @parts = map { ord } split //, $whole;
    my $second = pop @parts;
    my $first = shift @parts;
    $first = getComposite($first, $_) // die for @parts;
    next if isComp_Ex($cp) || getComposite($first, $second) != $cp;
    next if grep { $kinds[$_] eq 'DISALLOWED' } $first, $second;
    push @pairs, [$first, $second, $cp];
}

sub numbers {
    my $line = '';
    for my $number (@_) {
        my $piece = "$number,";
        if (length($line) + 1 + length $piece > 96) {
            print "    $line\n";
            $line = '';
        }
        $line .= ($line eq '' ? '' : ' ') . $piece;
    }
    print "    $line\n" if $line ne '';
}

print <<"END";
/* Written by idna_tables.pl from Unicode @{[Unicode::UCD::UnicodeVersion()]}; not to be edited. */
#include "text/idna_tables.h"

/* clang-format off */
const struct eb_idna_record eb_idna_records[] = {
END
print "    $_,\n" for @records;
print "};\n\nconst uint8_t eb_idna_blocks[][EB_IDNA_BLOCK] = {\n";
for my $block (@blocks) {
    print "    {\n";
    numbers(split /,/, $block);
    print "    },\n";
}
print "};\n\nconst uint8_t eb_idna_block_of[] = {\n";
numbers(@stage);
print "};\nconst uint32_t eb_idna_block_of_count = sizeof eb_idna_block_of;\n";
print "\nconst struct eb_composition eb_compositions[] = {\n";
@pairs = sort { $a->[0] <=> $b->[0] || $a->[1] <=> $b->[1] } @pairs;
numbers(map { sprintf '{0x%x,0x%x,0x%x}', @$_ } @pairs);
print "};\nconst uint32_t eb_composition_count = sizeof eb_compositions / sizeof *eb_compositions;\n";
print "\nconst uint16_t eb_composition_by_whole[] = {\n";
numbers(sort { $pairs[$a][2] <=> $pairs[$b][2] } 0 .. $#pairs);
print "};\n";
print STDERR scalar(@records), ' records, ', scalar(@blocks), ' blocks, ', scalar(@stage), ' in the stage, ', scalar(@pairs), " pairs\n";
