# shellcheck shell=bash
#
# What a set-up script says: words on stderr, one progress line for long work,
# and failures that name what happened, where to look and what to do.
# Results go to stdout and to nothing else. Sourced, never run.

say() { printf '%s\n' "$*" >&2; }

# fail WORDS [WHAT TO DO]...: ends the script.
fail() {
    say "deskphone set-up: $1"
    shift
    local advice
    for advice in "$@"; do say "  → $advice"; done
    exit 1
}

seconds_as_text() { # SECONDS
    if (($1 < 60)); then printf '%d s' "$1"; else printf '%d min %02d s' $(($1 / 60)) $(($1 % 60)); fi
}

# The process group of the step under way, so that an interruption ends it too.
step_group=
end_step() {
    [[ -z $step_group ]] || kill -- "-$step_group" 2>/dev/null || true
    step_group=
}
trap end_step EXIT
interrupted() {
    # Said once: by the script that was started, not by those that it runs.
    [[ ${DESKPHONE_STEP_OF-} ]] || say $'\nInterrupted. The next run goes on from here.'
    exit 130
}
trap interrupted INT TERM

# step WORDS LOG COMMAND...: runs COMMAND with its output appended to LOG.
# On a terminal one line counts the seconds; elsewhere a line a minute does.
# A function called count_progress, where there is one, adds to the line.
step() {
    local words=$1 log=$2 began=$SECONDS status=0 next_line=60 elapsed detail tty=
    shift 2
    [[ -t 2 && ${TERM:-dumb} != dumb ]] && tty=1
    [[ $tty ]] || say "$words …"
    set -m
    "$@" </dev/null >>"$log" 2>&1 &
    step_group=$!
    set +m
    while kill -0 "$step_group" 2>/dev/null; do
        elapsed=$((SECONDS - began))
        if [[ $tty ]] || ((elapsed >= next_line)); then
            detail=$(declare -F count_progress >/dev/null && count_progress)
            next_line=$((elapsed + 60))
            if [[ $tty ]]; then
                printf '\r\033[K%s … %s%s' "$words" "$(seconds_as_text "$elapsed")" "$detail" >&2
            else
                say "$words … $(seconds_as_text "$elapsed")$detail"
            fi
        fi
        sleep 0.2
    done
    wait "$step_group" || status=$?
    step_group=
    [[ $tty ]] && printf '\r\033[K' >&2
    ((status)) || say "$words: done in $(seconds_as_text $((SECONDS - began)))"
    return "$status"
}
