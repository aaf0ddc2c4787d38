// A disk that can lose its power, as a file system of SQLite. It stands before the default one and follows the files
// of mounted folders: what was written to them, what of it was synced, and which names the folder durably has.
// `kill -9` cannot see a missing fsync, because the kernel goes on; this can.
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef struct power_cut_disk power_cut_disk;

typedef struct {
  /// Writes, truncations, syncs and changes of the folder before the cut.
  int64_t operations;
  int64_t syncs;
  /// Of the writes that were not synced when the power went: those that the image has none of, and in part.
  int64_t lost;
  int64_t torn;
} power_cut_report;

/// Becomes the default file system of this process. Files outside mounted folders are passed on untouched.
bool power_cut_install(void);

/// Follows a folder from here on; what lies in it is taken for durable. The power goes at the given operation.
power_cut_disk *_Nullable power_cut_mount(const char *_Nonnull folder, int64_t operations_until_cut);

/// Every file operation fails from here on.
void power_cut_now(power_cut_disk *_Nonnull disk);

bool power_cut_has_happened(power_cut_disk *_Nonnull disk);

/// Writes what the disk holds after the cut to another folder: everything that was synced and, of the rest, so many
/// writes in a hundred whole, half of the others torn in sectors of 512 bytes; 0 means nothing. The seed decides which.
bool power_cut_save(power_cut_disk *_Nonnull disk, const char *_Nonnull folder, int keep_percent, uint64_t seed);

power_cut_report power_cut_told(power_cut_disk *_Nonnull disk);

/// Forgets the folder once its last file is closed.
void power_cut_unmount(power_cut_disk *_Nonnull disk);
