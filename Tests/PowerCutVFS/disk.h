// What the disk knows, and how it changes. Everything here is to be called under `disk_lock`.
#pragma once

#include <pthread.h>

#include "power_cut.h"

/// A write, or a truncation to `size` when there is no data.
struct change {
  struct change *next;
  int64_t offset;
  int64_t size;
  unsigned char *data;
};

/// A file's content, whatever its name is just now.
struct inode {
  struct inode *next;
  unsigned char *bytes;
  int64_t size;
  /// What came after the last sync, in its order.
  struct change *unsynced;
  struct change **unsynced_end;
};

/// A name of the folder; as a change of the folder, a name that came or, without an inode, went.
struct entry {
  struct entry *next;
  struct inode *inode;
  char name[];
};

struct power_cut_disk {
  struct power_cut_disk *next;
  char *folder;
  int64_t operations_left;
  bool is_off;
  bool is_unmounted;
  int open_files;
  struct inode *inodes;
  struct entry *names;
  struct entry *durable_names;
  /// Changes of the folder since it was synced, in their order.
  struct entry *unsynced_names;
  struct entry **unsynced_names_end;
  power_cut_report report;
};

extern pthread_mutex_t disk_lock;

/// The disk that holds the file, and the file's name in it; null for a file elsewhere.
struct power_cut_disk *disk_of(const char *path, const char **name);
/// Counts an operation. False when the power is gone, or goes now.
bool disk_operates(struct power_cut_disk *disk);

struct inode *disk_find(struct power_cut_disk *disk, const char *name);
struct inode *disk_create(struct power_cut_disk *disk, const char *name);
void disk_remove(struct power_cut_disk *disk, const char *name);
void disk_sync_folder(struct power_cut_disk *disk);

void inode_write(struct inode *inode, const void *data, int64_t size, int64_t offset);
void inode_truncate(struct inode *inode, int64_t size);
void inode_sync(struct inode *inode);

void disk_release(struct power_cut_disk *disk);
