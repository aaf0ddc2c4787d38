// The disk itself: contents, names, what of them is durable, and the image that a cut leaves.
#include "disk.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { sector_bytes = 512 };

pthread_mutex_t disk_lock = PTHREAD_MUTEX_INITIALIZER;
static struct power_cut_disk *disks;

/// Only tests run here: without memory there is nothing to prove.
static void *room(size_t bytes) {
  void *memory = calloc(1, bytes > 0 ? bytes : 1);
  if (!memory) abort();
  return memory;
}

static char *text(const char *from) {
  size_t length = strlen(from) + 1;
  return memcpy(room(length), from, length);
}

// MARK: Contents

struct content {
  unsigned char *bytes;
  int64_t size;
};

static void resize(struct content *content, int64_t size, unsigned char fill) {
  if (size > content->size) {
    unsigned char *bytes = realloc(content->bytes, (size_t)size);
    if (!bytes) abort();
    memset(bytes + content->size, fill, (size_t)(size - content->size));
    content->bytes = bytes;
  }
  content->size = size;
}

static void put(struct content *content, const struct change *change, int64_t from, int64_t to, unsigned char fill) {
  if (change->offset + to > content->size) {
    resize(content, change->offset + from > content->size ? change->offset + from : content->size, fill);
    resize(content, change->offset + to, 0);
  }
  memcpy(content->bytes + change->offset + from, change->data + from, (size_t)(to - from));
}

static struct inode *new_inode(struct power_cut_disk *disk) {
  struct inode *inode = room(sizeof *inode);
  inode->unsynced_end = &inode->unsynced;
  inode->next = disk->inodes;
  disk->inodes = inode;
  return inode;
}

static void note(struct inode *inode, const void *data, int64_t size, int64_t offset) {
  struct change *change = room(sizeof *change);
  change->offset = offset;
  change->size = size;
  if (data) change->data = memcpy(room((size_t)size), data, (size_t)size);
  *inode->unsynced_end = change;
  inode->unsynced_end = &change->next;
}

void inode_write(struct inode *inode, const void *data, int64_t size, int64_t offset) {
  if (size > 0) note(inode, data, size, offset);
}

void inode_truncate(struct inode *inode, int64_t size) { note(inode, NULL, size, 0); }

static void forget_changes(struct inode *inode) {
  while (inode->unsynced) {
    struct change *change = inode->unsynced;
    inode->unsynced = change->next;
    free(change->data);
    free(change);
  }
  inode->unsynced_end = &inode->unsynced;
}

void inode_sync(struct inode *inode) {
  struct content content = {inode->bytes, inode->size};
  for (const struct change *change = inode->unsynced; change; change = change->next) {
    if (change->data) {
      put(&content, change, 0, change->size, 0);
    } else {
      resize(&content, change->size, 0);
    }
  }
  inode->bytes = content.bytes;
  inode->size = content.size;
  forget_changes(inode);
}

// MARK: Names

static struct entry *new_entry(const char *name, struct inode *inode) {
  struct entry *entry = room(sizeof *entry + strlen(name) + 1);
  memcpy(entry->name, name, strlen(name) + 1);
  entry->inode = inode;
  return entry;
}

static void change_name(struct entry **list, const char *name, struct inode *inode) {
  for (struct entry **at = list; *at; at = &(*at)->next) {
    if (strcmp((*at)->name, name) != 0) continue;
    struct entry *old = *at;
    *at = old->next;
    free(old);
    break;
  }
  if (!inode) return;
  struct entry *entry = new_entry(name, inode);
  entry->next = *list;
  *list = entry;
}

static void forget_names(struct entry **list) {
  while (*list) {
    struct entry *entry = *list;
    *list = entry->next;
    free(entry);
  }
}

struct inode *disk_find(struct power_cut_disk *disk, const char *name) {
  for (struct entry *entry = disk->names; entry; entry = entry->next) {
    if (strcmp(entry->name, name) == 0) return entry->inode;
  }
  return NULL;
}

static void rename_in(struct power_cut_disk *disk, const char *name, struct inode *inode) {
  change_name(&disk->names, name, inode);
  struct entry *entry = new_entry(name, inode);
  *disk->unsynced_names_end = entry;
  disk->unsynced_names_end = &entry->next;
}

struct inode *disk_create(struct power_cut_disk *disk, const char *name) {
  struct inode *inode = new_inode(disk);
  rename_in(disk, name, inode);
  return inode;
}

void disk_remove(struct power_cut_disk *disk, const char *name) {
  if (disk_find(disk, name)) rename_in(disk, name, NULL);
}

void disk_sync_folder(struct power_cut_disk *disk) {
  for (const struct entry *entry = disk->unsynced_names; entry; entry = entry->next) {
    change_name(&disk->durable_names, entry->name, entry->inode);
  }
  forget_names(&disk->unsynced_names);
  disk->unsynced_names_end = &disk->unsynced_names;
}

// MARK: The disk

struct power_cut_disk *disk_of(const char *path, const char **name) {
  if (!path) return NULL;
  for (struct power_cut_disk *disk = disks; disk; disk = disk->next) {
    size_t length = strlen(disk->folder);
    if (strncmp(path, disk->folder, length) != 0 || path[length] != '/') continue;
    *name = path + length + 1;
    return disk;
  }
  return NULL;
}

bool disk_operates(struct power_cut_disk *disk) {
  if (disk->is_off) return false;
  disk->report.operations += 1;
  disk->is_off = --disk->operations_left < 0;
  return !disk->is_off;
}

static bool take_over(struct power_cut_disk *disk, const char *name) {
  char path[4096];
  if (snprintf(path, sizeof path, "%s/%s", disk->folder, name) >= (int)sizeof path) return false;
  FILE *file = fopen(path, "rb");
  if (!file) return false;
  struct inode *inode = new_inode(disk);
  char buffer[65536];
  for (size_t count; (count = fread(buffer, 1, sizeof buffer, file)) > 0;) {
    inode_write(inode, buffer, (int64_t)count, inode->size);
    inode_sync(inode);
  }
  bool is_read = !ferror(file);
  fclose(file);
  change_name(&disk->names, name, inode);
  change_name(&disk->durable_names, name, inode);
  return is_read;
}

power_cut_disk *power_cut_mount(const char *folder, int64_t operations_until_cut) {
  DIR *listing = opendir(folder);
  if (!listing) return NULL;
  struct power_cut_disk *disk = room(sizeof *disk);
  disk->folder = text(folder);
  disk->operations_left = operations_until_cut;
  disk->unsynced_names_end = &disk->unsynced_names;
  bool is_taken_over = true;
  for (struct dirent *found; (found = readdir(listing));) {
    if (found->d_name[0] != '.') is_taken_over = take_over(disk, found->d_name) && is_taken_over;
  }
  closedir(listing);
  pthread_mutex_lock(&disk_lock);
  disk->next = disks;
  disks = disk;
  pthread_mutex_unlock(&disk_lock);
  if (is_taken_over) return disk;
  power_cut_unmount(disk);
  return NULL;
}

void disk_release(struct power_cut_disk *disk) {
  if (!disk->is_unmounted || disk->open_files > 0) return;
  for (struct power_cut_disk **at = &disks; *at; at = &(*at)->next) {
    if (*at != disk) continue;
    *at = disk->next;
    break;
  }
  while (disk->inodes) {
    struct inode *inode = disk->inodes;
    disk->inodes = inode->next;
    forget_changes(inode);
    free(inode->bytes);
    free(inode);
  }
  forget_names(&disk->names);
  forget_names(&disk->durable_names);
  forget_names(&disk->unsynced_names);
  free(disk->folder);
  free(disk);
}

void power_cut_unmount(power_cut_disk *disk) {
  pthread_mutex_lock(&disk_lock);
  disk->is_unmounted = true;
  disk_release(disk);
  pthread_mutex_unlock(&disk_lock);
}

void power_cut_now(power_cut_disk *disk) {
  pthread_mutex_lock(&disk_lock);
  disk->is_off = true;
  pthread_mutex_unlock(&disk_lock);
}

bool power_cut_has_happened(power_cut_disk *disk) {
  pthread_mutex_lock(&disk_lock);
  bool is_off = disk->is_off;
  pthread_mutex_unlock(&disk_lock);
  return is_off;
}

power_cut_report power_cut_told(power_cut_disk *disk) {
  pthread_mutex_lock(&disk_lock);
  power_cut_report report = disk->report;
  pthread_mutex_unlock(&disk_lock);
  return report;
}

// MARK: The image after a cut

/// SplitMix64.
static uint64_t dice(uint64_t *seed) {
  uint64_t value = *seed += 0x9E3779B97F4A7C15u;
  value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9u;
  value = (value ^ (value >> 27)) * 0x94D049BB133111EBu;
  return value ^ (value >> 31);
}

/// What may have come of a write that nobody waited for: all of it, some of its sectors in any order, or nothing.
static void maybe(
    struct content *content, const struct change *change, int keep_percent, uint64_t *seed, power_cut_report *report) {
  int fate = keep_percent > 0 ? (int)(dice(seed) % 100) : 100;
  bool is_whole = fate < keep_percent;
  bool is_torn = !is_whole && fate < keep_percent + (100 - keep_percent) / 2;
  if (!change->data) {
    if (is_whole) resize(content, change->size, 0);
    return;
  }
  if (is_whole) return put(content, change, 0, change->size, 0);
  if (!is_torn) {
    report->lost += 1;
    return;
  }
  report->torn += 1;
  int64_t from = 0;
  while (from < change->size) {
    int64_t to = from + sector_bytes - (change->offset + from) % sector_bytes;
    if (to > change->size) to = change->size;
    // A file that grew without its data holds zeros, or what lay on the disk before.
    if (dice(seed) % 2) put(content, change, from, to, dice(seed) % 2 ? 0xA5 : 0);
    from = to;
  }
}

static bool save(const char *folder, const char *name, const struct content *content) {
  char path[4096];
  if (snprintf(path, sizeof path, "%s/%s", folder, name) >= (int)sizeof path) return false;
  FILE *file = fopen(path, "wb");
  if (!file) return false;
  bool is_saved = fwrite(content->bytes, 1, (size_t)content->size, file) == (size_t)content->size;
  return fclose(file) == 0 && is_saved;
}

bool power_cut_save(power_cut_disk *disk, const char *folder, int keep_percent, uint64_t seed) {
  pthread_mutex_lock(&disk_lock);
  disk->is_off = true;
  // A journaling file system keeps changes of a folder in their order.
  struct entry *names = NULL;
  for (struct entry *entry = disk->durable_names; entry; entry = entry->next) {
    change_name(&names, entry->name, entry->inode);
  }
  for (struct entry *entry = disk->unsynced_names; entry && keep_percent > 0; entry = entry->next) {
    if ((int)(dice(&seed) % 100) >= keep_percent) break;
    change_name(&names, entry->name, entry->inode);
  }
  bool is_saved = true;
  for (struct entry *entry = names; entry; entry = entry->next) {
    struct inode *inode = entry->inode;
    struct content content = {room((size_t)inode->size), inode->size};
    if (inode->size > 0) memcpy(content.bytes, inode->bytes, (size_t)inode->size);
    for (const struct change *change = inode->unsynced; change; change = change->next) {
      maybe(&content, change, keep_percent, &seed, &disk->report);
    }
    is_saved = save(folder, entry->name, &content) && is_saved;
    free(content.bytes);
  }
  forget_names(&names);
  pthread_mutex_unlock(&disk_lock);
  return is_saved;
}
