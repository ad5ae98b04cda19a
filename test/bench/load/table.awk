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

# The differences within the rounds: their mean, half the width of its 95 % interval (t
# distribution), how many there are, and in how many `arm` has more. `share`: in % of `other`.
function pair(cell, arm, other, name, share,    n, round, one, below, sum, squares) {
    split("12.71 4.30 3.18 2.78 2.57 2.45 2.36 2.31 2.26 2.23 2.20 2.18 2.16 2.14 2.13", t, " ")
    n = sum = squares = pair_above = 0
    for (round = 1; round <= rounds[cell]; round++) {
        if (!((cell, arm, round, name) in figures) || !((cell, other, round, name) in figures))
            continue
        below = figures[cell, other, round, name]
        one = figures[cell, arm, round, name] - below
        if (share)
            one = below > 0 ? 100 * one / below : 0
        sum += one
        squares += one * one
        pair_above += one > 0
        n++
    }
    pair_count = n
    if (n < 2)
        return 0
    pair_mean = sum / n
    pair_half = (n <= 16 ? t[n - 1] : 1.96) * sqrt((squares - n * pair_mean * pair_mean) / (n - 1) / n)
    return 1
}

function difference(cell, arm, other, name) {
    return pair(cell, arm, other, name, 0) ? sprintf("%+.0f ± %.0f", pair_mean, pair_half) : ""
}

# How probable it is that chance alone splits n rounds at least as unevenly (sign test).
function sign_test(n, above,    fewer, i, ways, sum) {
    fewer = above < n - above ? above : n - above
    ways = 1
    for (i = sum = 0; i <= fewer; i++) {
        sum += ways
        ways = ways * (n - i) / (i + 1)
    }
    sum = 2 * sum / 2 ^ n
    return sum > 1 ? 1 : sum
}

function print_verdict(cell, name, what,    is_told) {
    if (!pair(cell, "unwatched", "bare", name, 1))
        return
    is_told = (pair_mean > pair_half || pair_mean < -pair_half)
    printf "%sunwatched against bare, %s: %+.2f %% ± %.2f %% (95 %%, %d rounds, more in %d; sign test p = %.2f): %s\n", \
        markdown ? "\n" : "", what, pair_mean, pair_half, pair_count, pair_above, sign_test(pair_count, pair_above), \
        is_told ? "a difference" : "no difference that can be told from noise"
}

# A line of the table; the first column is a name, the others are figures.
function line(texts, widths, n,    i, text) {
    text = markdown ? "|" : ""
    for (i = 1; i <= n; i++)
        text = text (markdown ? " " texts[i] " |" : i == 1 ? sprintf("%-" widths[i] "s", texts[i]) : sprintf(" %" widths[i] "s", texts[i]))
    print text
}

function heading(texts, widths, n,    i, text) {
    line(texts, widths, n)
    text = "|"
    for (i = 1; i <= n; i++)
        text = text (i == 1 ? "---|" : "--:|")
    if (markdown)
        print text
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

function print_rates(cell,    names, n, i, arm, row, widths, count) {
    count = split("arm|events/s|/bare|/copy|broker µs|/bare|/copy|all µs|MiB|lost|doubles", row, "|")
    split("13 9 7 7 9 7 7 9 7 5 7", widths, " ")
    heading(row, widths, count)
    n = split("bare copy bus bus-template bus-million bus-reject bridge unwatched", names, " ")
    for (i = 1; i <= n; i++) {
        arm = names[i]
        if (!((cell, arm) in known))
            continue
        row[1] = arm
        row[2] = sprintf("%.0f", median(cell, arm, "rate"))
        row[3] = ratio(cell, arm, "bare", "rate")
        row[4] = ratio(cell, arm, "copy", "rate")
        row[5] = sprintf("%.2f", median(cell, arm, "broker"))
        row[6] = ratio(cell, arm, "bare", "broker")
        row[7] = ratio(cell, arm, "copy", "broker")
        row[8] = sprintf("%.2f", median(cell, arm, "all"))
        row[9] = sprintf("%.1f", median(cell, arm, "memory"))
        row[10] = lost[cell, arm]
        row[11] = doubles[cell, arm]
        line(row, widths, count)
        if (json != "")
            printf "{\"cell\":\"%s\",\"arm\":\"%s\",\"events_per_s\":%.1f,\"broker_us\":%.3f,\"all_us\":%.3f,\"rate_to_bare\":\"%s\",\"rate_to_copy\":\"%s\",\"cpu_to_bare\":\"%s\",\"cpu_to_copy\":\"%s\",\"memory_mib\":%.1f,\"lost\":%d,\"duplicates\":%d}\n", \
                cell, arm, median(cell, arm, "rate"), median(cell, arm, "broker"), \
                median(cell, arm, "all"), row[3], row[4], row[6], row[7], median(cell, arm, "memory"), \
                lost[cell, arm], doubles[cell, arm] > json
    }
    print_verdict(cell, "rate", "events a second")
    print_verdict(cell, "broker", "time of the broker")
}

function print_latencies(cell,    names, n, i, arm, row, widths, count) {
    count = split("arm|p50 µs|p99 µs|p99.9 µs|p50 more than bare|p99 more than bare", row, "|")
    split("13 9 9 9 20 20", widths, " ")
    heading(row, widths, count)
    n = split("bare bus bridge", names, " ")
    for (i = 1; i <= n; i++) {
        arm = names[i]
        if (!((cell, arm) in known))
            continue
        row[1] = arm
        row[2] = sprintf("%.0f", median(cell, arm, "p50"))
        row[3] = sprintf("%.0f", median(cell, arm, "p99"))
        row[4] = sprintf("%.0f", median(cell, arm, "p999"))
        row[5] = arm == "bare" ? "" : difference(cell, arm, "bare", "p50")
        row[6] = arm == "bare" ? "" : difference(cell, arm, "bare", "p99")
        line(row, widths, count)
        if (json != "")
            printf "{\"cell\":\"%s\",\"arm\":\"%s\",\"p50_us\":%.1f,\"p99_us\":%.1f,\"p999_us\":%.1f,\"p50_more\":\"%s\",\"p99_more\":\"%s\"}\n", \
                cell, arm, median(cell, arm, "p50"), median(cell, arm, "p99"), median(cell, arm, "p999"), \
                row[5], row[6] > json
    }
}

END {
    for (i = 1; i <= cell_count; i++) {
        split(cells[i], part, " ")
        printf "\n%s%s bytes, QoS %s, %s publisher%s, %d rounds", markdown ? "**" : "", part[2], part[3], \
            part[4], part[4] == 1 ? "" : "s", rounds[cells[i]]
        if (part[1] != "rate")
            printf ", at %s %% of the bare rate", substr(part[1], 8)
        print markdown ? "**\n" : ""
        if (part[1] == "rate")
            print_rates(cells[i])
        else
            print_latencies(cells[i])
    }
}
