# Turns of run.sh to a table of medians and ratios. A turn is
#     what arm size qos publishers round {what eb-load says}
# A ratio is the median over the rounds of the ratio within the round.

function figure(name) {
    if (!match($0, "\"" name "\":-?[0-9.]+"))
        return 0
    return substr($0, RSTART + length(name) + 3, RLENGTH - length(name) - 3) + 0
}

# The CPU time of the nth process, µs an event.
function process_us(n,    rest) {
    rest = $0
    while (n-- > 0 && match(rest, /"us_per_event":[0-9.]+/)) {
        if (n == 0)
            return substr(rest, RSTART + 15, RLENGTH - 15) + 0
        rest = substr(rest, RSTART + RLENGTH)
    }
    return 0
}

function sort(values, n,    i, j, value) {
    for (i = 2; i <= n; i++) {
        value = values[i]
        for (j = i - 1; j >= 1 && values[j] > value; j--)
            values[j + 1] = values[j]
        values[j + 1] = value
    }
}

function median(cell, arm, name,    values, n, round) {
    n = 0
    for (round = 1; round <= rounds[cell]; round++)
        if ((cell, arm, round, name) in figures)
            values[++n] = figures[cell, arm, round, name]
    if (!n)
        return 0
    sort(values, n)
    return n % 2 ? values[(n + 1) / 2] : (values[n / 2] + values[n / 2 + 1]) / 2
}

# The median over the rounds of arm / other; what is empty stays empty.
function ratio(cell, arm, other, name,    values, n, round, below) {
    n = 0
    for (round = 1; round <= rounds[cell]; round++) {
        below = figures[cell, other, round, name]
        if (below > 0 && (cell, arm, round, name) in figures)
            values[++n] = figures[cell, arm, round, name] / below
    }
    if (!n)
        return ""
    sort(values, n)
    return sprintf("%.2f", n % 2 ? values[(n + 1) / 2] : (values[n / 2] + values[n / 2 + 1]) / 2)
}

# Mean of the paired differences, and half the width of its 95 % interval (t distribution).
function difference(cell, arm, other, name,    n, round, one, sum, squares, mean) {
    split("12.71 4.30 3.18 2.78 2.57 2.45 2.36 2.31 2.26 2.23 2.20 2.18 2.16 2.14 2.13", t, " ")
    n = sum = squares = 0
    for (round = 1; round <= rounds[cell]; round++) {
        if (!((cell, arm, round, name) in figures) || !((cell, other, round, name) in figures))
            continue
        one = figures[cell, arm, round, name] - figures[cell, other, round, name]
        sum += one
        squares += one * one
        n++
    }
    if (n < 2)
        return ""
    mean = sum / n
    return sprintf("%+.0f ± %.0f", mean, (n <= 16 ? t[n - 1] : 1.96) * sqrt((squares - n * mean * mean) / (n - 1) / n))
}

{
    cell = $1 " " $3 " " $4 " " $5
    arm = $2
    round = $6
    if (!(cell in rounds))
        cells[++cell_count] = cell
    if (round > rounds[cell])
        rounds[cell] = round
    if (!((cell, arm) in known)) {
        known[cell, arm] = 1
        arms[cell] = arms[cell] " " arm
    }
    figures[cell, arm, round, "rate"] = figure("events_per_s")
    figures[cell, arm, round, "broker"] = process_us(1)
    figures[cell, arm, round, "all"] = process_us(1) + process_us(2)
    figures[cell, arm, round, "p50"] = figure("p50")
    figures[cell, arm, round, "p99"] = figure("p99")
    figures[cell, arm, round, "p999"] = figure("p999")
    figures[cell, arm, round, "memory"] = figure("memory_kib") / 1024
    lost[cell, arm] += figure("lost")
    doubles[cell, arm] += figure("duplicates")
}

function print_rates(cell,    names, n, i, arm) {
    printf "%-13s %9s %7s %7s %9s %7s %7s %9s %7s %5s %7s\n", "arm", "events/s", "/bare", "/copy", \
        "broker µs", "/bare", "/copy", "all µs", "MiB", "lost", "doubles"
    n = split("bare copy bus bus-template bus-million bus-reject bridge unwatched", names, " ")
    for (i = 1; i <= n; i++) {
        arm = names[i]
        if (!((cell, arm) in known))
            continue
        printf "%-13s %9.0f %7s %7s %8.2f %7s %7s %8.2f %7.1f %5d %7d\n", arm, median(cell, arm, "rate"), \
            ratio(cell, arm, "bare", "rate"), ratio(cell, arm, "copy", "rate"), \
            median(cell, arm, "broker"), ratio(cell, arm, "bare", "broker"), \
            ratio(cell, arm, "copy", "broker"), median(cell, arm, "all"), \
            median(cell, arm, "memory"), lost[cell, arm], doubles[cell, arm]
        if (json != "")
            printf "{\"cell\":\"%s\",\"arm\":\"%s\",\"events_per_s\":%.1f,\"broker_us\":%.3f,\"all_us\":%.3f,\"rate_to_bare\":\"%s\",\"rate_to_copy\":\"%s\",\"cpu_to_bare\":\"%s\",\"cpu_to_copy\":\"%s\",\"memory_mib\":%.1f,\"lost\":%d,\"duplicates\":%d}\n", \
                cell, arm, median(cell, arm, "rate"), median(cell, arm, "broker"), \
                median(cell, arm, "all"), ratio(cell, arm, "bare", "rate"), \
                ratio(cell, arm, "copy", "rate"), ratio(cell, arm, "bare", "broker"), \
                ratio(cell, arm, "copy", "broker"), median(cell, arm, "memory"), \
                lost[cell, arm], doubles[cell, arm] > json
    }
}

function print_latencies(cell,    names, n, i, arm) {
    printf "%-13s %9s %9s %9s   %s\n", "arm", "p50 µs", "p99 µs", "p99.9 µs", \
        "more than bare, in the same round: p50, p99"
    n = split("bare bus bridge", names, " ")
    for (i = 1; i <= n; i++) {
        arm = names[i]
        if (!((cell, arm) in known))
            continue
        printf "%-13s %9.0f %9.0f %9.0f   %s, %s\n", arm, median(cell, arm, "p50"), median(cell, arm, "p99"), \
            median(cell, arm, "p999"), arm == "bare" ? "" : difference(cell, arm, "bare", "p50"), \
            arm == "bare" ? "" : difference(cell, arm, "bare", "p99")
        if (json != "")
            printf "{\"cell\":\"%s\",\"arm\":\"%s\",\"p50_us\":%.1f,\"p99_us\":%.1f,\"p999_us\":%.1f,\"p50_more\":\"%s\",\"p99_more\":\"%s\"}\n", \
                cell, arm, median(cell, arm, "p50"), median(cell, arm, "p99"), median(cell, arm, "p999"), \
                difference(cell, arm, "bare", "p50"), difference(cell, arm, "bare", "p99") > json
    }
}

END {
    for (i = 1; i <= cell_count; i++) {
        split(cells[i], part, " ")
        printf "\n%s bytes, QoS %s, %s publisher%s", part[2], part[3], part[4], part[4] == 1 ? "" : "s"
        if (part[1] == "rate") {
            printf "\n"
            print_rates(cells[i])
        } else {
            printf ", at %s %% of the bare rate\n", substr(part[1], 8)
            print_latencies(cells[i])
        }
    }
}
