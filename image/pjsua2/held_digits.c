/* The end of PJMEDIA's stream.c, where recipe.sh puts it: a digit that is being
 * sent (RFC 4733) ends when its key comes up, and no later than was said when it
 * began. What a stream knows of its digits is known in that file alone.
 */

/* What a digit lasts at least, even if the audio has only just begun to flow. */
enum { SHORTEST_DIGIT_MSEC = 100 };

/* The last digit of the queue shall sound no longer. */
PJ_DEF(void) pjmedia_stream_end_dtmf(pjmedia_stream *stream)
{
    pj_mutex_lock(stream->base.jb_mutex);
    if (stream->tx_dtmf_count > 0 && stream->dtmf_duration) {
        struct dtmf *digit = &stream->tx_dtmf_buf[stream->tx_dtmf_count - 1];
        /* In milliseconds, and one more: no packet says less than the one before. */
        unsigned lasted = digit->duration * PJMEDIA_DTMF_DURATION_MSEC / stream->dtmf_duration + 1;

        if (lasted < SHORTEST_DIGIT_MSEC)
            lasted = SHORTEST_DIGIT_MSEC;
        if (lasted < digit->send_duration)
            digit->send_duration = lasted;
    }
    pj_mutex_unlock(stream->base.jb_mutex);
}
