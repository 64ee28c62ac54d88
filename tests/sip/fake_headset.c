/* A headset for a machine without a sound card: an external PCM of alsa-lib.
 *
 * Capture reads a raw file over and over, playback appends to a raw file, both
 * at the pace of the clock. As soon as the file named by `unplugged` exists the
 * device fails with ENODEV, as a USB headset does that is pulled out. Whoever
 * opens a direction has it alone; others are told EBUSY.
 */
#include <alsa/asoundlib.h>
#include <alsa/pcm_external.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define TICK_NS 5000000L

struct headset {
    snd_pcm_ioplug_t io;
    int file;
    char *unplugged;
    long long started;
    snd_pcm_uframes_t position;
};

static long long now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static int start(snd_pcm_ioplug_t *io)
{
    struct headset *headset = io->private_data;
    headset->started = now_ns();
    headset->position = 0;
    return 0;
}

static int stop(snd_pcm_ioplug_t *io)
{
    (void)io;
    return 0;
}

static snd_pcm_sframes_t pointer(snd_pcm_ioplug_t *io)
{
    struct headset *headset = io->private_data;
    snd_pcm_uframes_t due, ready;
    due = (now_ns() - headset->started) * io->rate / 1000000000LL;
    ready = io->stream == SND_PCM_STREAM_PLAYBACK ? io->appl_ptr : io->appl_ptr + io->buffer_size;
    if (due > ready)
        due = ready;
    if (due > headset->position)
        headset->position = due;
    return headset->position % io->buffer_size;
}

static snd_pcm_sframes_t transfer(snd_pcm_ioplug_t *io, const snd_pcm_channel_area_t *areas,
                                  snd_pcm_uframes_t offset, snd_pcm_uframes_t size)
{
    struct headset *headset = io->private_data;
    char *at = (char *)areas->addr + (areas->first + areas->step * offset) / 8;
    size_t bytes = size * areas->step / 8;
    if (access(headset->unplugged, F_OK) == 0)
        return -ENODEV;
    if (io->stream == SND_PCM_STREAM_PLAYBACK)
        return write(headset->file, at, bytes) == (ssize_t)bytes ? (snd_pcm_sframes_t)size : -EIO;
    while (bytes > 0) {
        ssize_t got = read(headset->file, at, bytes);
        if (got < 0 || (got == 0 && lseek(headset->file, 0, SEEK_SET) != 0))
            return -EIO;
        at += got;
        bytes -= got;
    }
    return size;
}

static int revents(snd_pcm_ioplug_t *io, struct pollfd *polled, unsigned int count,
                   unsigned short *events)
{
    unsigned long long ticks;
    (void)count;
    if (read(polled->fd, &ticks, sizeof ticks) < 0)
        ticks = 0;
    *events = io->stream == SND_PCM_STREAM_PLAYBACK ? POLLOUT : POLLIN;
    return 0;
}

static int unplug(snd_pcm_ioplug_t *io)
{
    struct headset *headset = io->private_data;
    close(headset->file);
    close(io->poll_fd);
    free(headset->unplugged);
    free(headset);
    return 0;
}

static const snd_pcm_ioplug_callback_t CALLBACKS = {
    .start = start,
    .stop = stop,
    .pointer = pointer,
    .transfer = transfer,
    .poll_revents = revents,
    .close = unplug,
};

static int constrain(snd_pcm_ioplug_t *io)
{
    const unsigned int access[] = {SND_PCM_ACCESS_RW_INTERLEAVED};
    const unsigned int format[] = {SND_PCM_FORMAT_S16_LE};
    int error = snd_pcm_ioplug_set_param_list(io, SND_PCM_IOPLUG_HW_ACCESS, 1, access);
    if (!error)
        error = snd_pcm_ioplug_set_param_list(io, SND_PCM_IOPLUG_HW_FORMAT, 1, format);
    if (!error)
        error = snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_CHANNELS, 1, 1);
    if (!error)
        error = snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_RATE, 16000, 16000);
    if (!error)
        error = snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_PERIOD_BYTES, 160, 65536);
    if (!error)
        error = snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_PERIODS, 2, 64);
    return error;
}

SND_PCM_PLUGIN_DEFINE_FUNC(fake_headset)
{
    const struct itimerspec tick = {{0, TICK_NS}, {0, TICK_NS}};
    const char *microphone = "", *earpiece = "", *unplugged = "";
    snd_config_iterator_t at, next;
    struct headset *headset;
    int error;
    (void)root;
    snd_config_for_each(at, next, conf)
    {
        snd_config_t *entry = snd_config_iterator_entry(at);
        const char *key;
        if (snd_config_get_id(entry, &key) < 0)
            continue;
        if (strcmp(key, "microphone") == 0)
            snd_config_get_string(entry, &microphone);
        if (strcmp(key, "earpiece") == 0)
            snd_config_get_string(entry, &earpiece);
        if (strcmp(key, "unplugged") == 0)
            snd_config_get_string(entry, &unplugged);
    }
    if (access(unplugged, F_OK) == 0)
        return -ENODEV;
    headset = calloc(1, sizeof *headset);
    if (!headset)
        return -ENOMEM;
    headset->unplugged = strdup(unplugged);
    headset->file = stream == SND_PCM_STREAM_PLAYBACK
                        ? open(earpiece, O_WRONLY | O_CREAT | O_APPEND, 0600)
                        : open(microphone, O_RDONLY);
    headset->io.version = SND_PCM_IOPLUG_VERSION;
    headset->io.name = "A headset of files";
    headset->io.poll_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    headset->io.poll_events = POLLIN;
    headset->io.callback = &CALLBACKS;
    headset->io.private_data = headset;
    timerfd_settime(headset->io.poll_fd, 0, &tick, NULL);
    if (headset->file < 0)
        return -ENODEV;
    if (flock(headset->file, LOCK_EX | LOCK_NB) < 0) {
        unplug(&headset->io);
        return -EBUSY;
    }
    error = snd_pcm_ioplug_create(&headset->io, name, stream, mode);
    if (!error)
        error = constrain(&headset->io);
    *pcmp = headset->io.pcm;
    return error;
}
SND_PCM_PLUGIN_SYMBOL(fake_headset);
