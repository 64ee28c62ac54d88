/*
 * A mixer without a sound card: an ALSA control plugin with a playback volume, its switch and a
 * capture volume, each 0 to 60 in steps of 1 dB, so that pyalsaaudio is tested as it is. In the
 * environment, UNPLUGGED pulls it out as soon as a level is written, DUMB leaves it no decibels.
 */
#include <alsa/asoundlib.h>
#include <alsa/control_external.h>
#include <stdlib.h>
#include <string.h>

enum { EARPIECE, MICROPHONE, SWITCH, CONTROLS };
static const char *const names[CONTROLS] = {
    "PCM Playback Volume", "Mic Capture Volume", "PCM Playback Switch"
};
static long values[CONTROLS] = { 40, 20, 1 };
static int gone;

static int count(snd_ctl_ext_t *ext) { return CONTROLS; }

static int list(snd_ctl_ext_t *ext, unsigned int offset, snd_ctl_elem_id_t *id)
{
    snd_ctl_elem_id_set_interface(id, SND_CTL_ELEM_IFACE_MIXER);
    snd_ctl_elem_id_set_name(id, names[offset]);
    return 0;
}

static snd_ctl_ext_key_t find(snd_ctl_ext_t *ext, const snd_ctl_elem_id_t *id)
{
    for (int key = 0; key < CONTROLS; key++)
        if (!strcmp(names[key], snd_ctl_elem_id_get_name(id))) return key;
    return SND_CTL_EXT_KEY_NOT_FOUND;
}

static int attribute(snd_ctl_ext_t *ext, snd_ctl_ext_key_t key, int *type, unsigned int *access,
                     unsigned int *channels)
{
    *type = key == SWITCH ? SND_CTL_ELEM_TYPE_BOOLEAN : SND_CTL_ELEM_TYPE_INTEGER;
    *access = SND_CTL_EXT_ACCESS_READWRITE;
    if (key != SWITCH && !getenv("DUMB")) *access |= SND_CTL_EXT_ACCESS_TLV_READ;
    *channels = 1;
    return 0;
}

static int integer(snd_ctl_ext_t *ext, snd_ctl_ext_key_t key, long *low, long *high, long *step)
{
    *low = 0; *high = 60; *step = 1;
    return 0;
}

static int get(snd_ctl_ext_t *ext, snd_ctl_ext_key_t key, long *value)
{
    if (gone) return -ENODEV;
    *value = values[key];
    return 0;
}

static int set(snd_ctl_ext_t *ext, snd_ctl_ext_key_t key, long *value)
{
    if (getenv("UNPLUGGED")) gone = 1;
    if (gone) return -ENODEV;
    int changed = values[key] != *value;
    values[key] = *value;
    return changed;
}

static int events(snd_ctl_ext_t *ext, snd_ctl_elem_id_t *id, unsigned int *mask) { return -EAGAIN; }
static void closed(snd_ctl_ext_t *ext) { free(ext); }

static const snd_ctl_ext_callback_t calls = {
    .close = closed, .elem_count = count, .elem_list = list, .find_elem = find,
    .get_attribute = attribute, .get_integer_info = integer, .read_integer = get,
    .write_integer = set, .read_event = events,
};
/* SNDRV_CTL_TLVT_DB_SCALE, 8 bytes: from -60.00 dB in steps of 1.00 dB. */
static unsigned int scale[] = { 1, 8, (unsigned int)-6000, 100 };

SND_CTL_PLUGIN_DEFINE_FUNC(fakemixer)
{
    snd_ctl_ext_t *ext = calloc(1, sizeof(*ext));
    if (!ext) return -ENOMEM;
    ext->version = SND_CTL_EXT_VERSION;
    ext->poll_fd = -1;
    ext->callback = &calls;
    ext->tlv.p = scale;
    strcpy(ext->id, "Fake"); strcpy(ext->driver, "fakemixer"); strcpy(ext->name, "Fake headset");
    strcpy(ext->longname, "Fake headset"); strcpy(ext->mixername, "Fake headset");
    int error = snd_ctl_ext_create(ext, name, mode);
    if (error < 0) { free(ext); return error; }
    *handlep = ext->handle;
    return 0;
}
SND_CTL_PLUGIN_SYMBOL(fakemixer);
