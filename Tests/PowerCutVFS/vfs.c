// SQLite's side: each operation is carried out by the file system below, for whoever reads meanwhile, and noted by the
// disk. Syncs go to the disk only, so that a thousand cuts take seconds. Locks and the shared memory of the write-ahead
// log are those of the file system below.
#include <sqlite3.h>
#include <stddef.h>
#include <string.h>

#include "disk.h"

struct file {
  sqlite3_file base;
  struct power_cut_disk *disk;
  struct inode *inode;
  /// SQLite on Unix syncs the folder together with the first sync of a journal or log that it has made.
  bool must_sync_folder;
  /// The file of the file system below lies behind this one.
};

static sqlite3_vfs *below;
static sqlite3_vfs vfs;

static sqlite3_file *real(sqlite3_file *file) { return (sqlite3_file *)((struct file *)file + 1); }

static int file_close(sqlite3_file *base) {
  struct file *file = (struct file *)base;
  int code = real(base)->pMethods->xClose(real(base));
  pthread_mutex_lock(&disk_lock);
  file->disk->open_files -= 1;
  disk_release(file->disk);
  pthread_mutex_unlock(&disk_lock);
  return code;
}

static int file_read(sqlite3_file *base, void *into, int count, sqlite3_int64 offset) {
  pthread_mutex_lock(&disk_lock);
  bool is_off = ((struct file *)base)->disk->is_off;
  pthread_mutex_unlock(&disk_lock);
  return is_off ? SQLITE_IOERR_READ : real(base)->pMethods->xRead(real(base), into, count, offset);
}

static int file_write(sqlite3_file *base, const void *from, int count, sqlite3_int64 offset) {
  struct file *file = (struct file *)base;
  int code = SQLITE_IOERR_WRITE;
  pthread_mutex_lock(&disk_lock);
  if (!file->disk->is_off) {
    // The write that the cut interrupts may be there in part.
    inode_write(file->inode, from, count, offset);
    if (disk_operates(file->disk)) code = real(base)->pMethods->xWrite(real(base), from, count, offset);
  }
  pthread_mutex_unlock(&disk_lock);
  return code;
}

static int file_truncate(sqlite3_file *base, sqlite3_int64 size) {
  struct file *file = (struct file *)base;
  int code = SQLITE_IOERR_TRUNCATE;
  pthread_mutex_lock(&disk_lock);
  if (disk_operates(file->disk)) {
    inode_truncate(file->inode, size);
    code = real(base)->pMethods->xTruncate(real(base), size);
  }
  pthread_mutex_unlock(&disk_lock);
  return code;
}

static int file_sync(sqlite3_file *base, int flags) {
  (void)flags;
  struct file *file = (struct file *)base;
  int code = SQLITE_IOERR_FSYNC;
  pthread_mutex_lock(&disk_lock);
  if (disk_operates(file->disk)) {
    inode_sync(file->inode);
    file->disk->report.syncs += 1;
    code = SQLITE_OK;
    if (file->must_sync_folder) {
      // Between the two syncs the power may go as well.
      if (disk_operates(file->disk)) {
        disk_sync_folder(file->disk);
        file->must_sync_folder = false;
      } else {
        code = SQLITE_IOERR_DIR_FSYNC;
      }
    }
  }
  pthread_mutex_unlock(&disk_lock);
  return code;
}

static int file_size(sqlite3_file *base, sqlite3_int64 *size) {
  return real(base)->pMethods->xFileSize(real(base), size);
}
static int file_lock(sqlite3_file *base, int level) { return real(base)->pMethods->xLock(real(base), level); }
static int file_unlock(sqlite3_file *base, int level) { return real(base)->pMethods->xUnlock(real(base), level); }
static int file_check_lock(sqlite3_file *base, int *is_held) {
  return real(base)->pMethods->xCheckReservedLock(real(base), is_held);
}
static int file_control(sqlite3_file *base, int operation, void *argument) {
  return real(base)->pMethods->xFileControl(real(base), operation, argument);
}
static int file_sector_size(sqlite3_file *base) { return real(base)->pMethods->xSectorSize(real(base)); }
static int file_characteristics(sqlite3_file *base) {
  return real(base)->pMethods->xDeviceCharacteristics(real(base));
}
static int file_map(sqlite3_file *base, int region, int size, int is_extended, void volatile **memory) {
  return real(base)->pMethods->xShmMap(real(base), region, size, is_extended, memory);
}
static int file_map_lock(sqlite3_file *base, int offset, int count, int flags) {
  return real(base)->pMethods->xShmLock(real(base), offset, count, flags);
}
static void file_map_barrier(sqlite3_file *base) { real(base)->pMethods->xShmBarrier(real(base)); }
static int file_unmap(sqlite3_file *base, int is_deleted) {
  return real(base)->pMethods->xShmUnmap(real(base), is_deleted);
}

/// Version 2: without the memory mapping that would write past us.
static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = file_lock,
    .xUnlock = file_unlock,
    .xCheckReservedLock = file_check_lock,
    .xFileControl = file_control,
    .xSectorSize = file_sector_size,
    .xDeviceCharacteristics = file_characteristics,
    .xShmMap = file_map,
    .xShmLock = file_map_lock,
    .xShmBarrier = file_map_barrier,
    .xShmUnmap = file_unmap,
};

static int open_on(struct power_cut_disk *disk, const char *path, const char *name, struct file *file, int flags, int *got) {
  struct inode *inode = disk_find(disk, name);
  bool is_new = !inode;
  if (is_new && !(flags & SQLITE_OPEN_CREATE)) return SQLITE_CANTOPEN;
  if (disk->is_off || (is_new && !disk_operates(disk))) return SQLITE_CANTOPEN;
  int code = below->xOpen(below, path, real(&file->base), flags, got);
  if (code != SQLITE_OK) return code;
  file->disk = disk;
  file->inode = is_new ? disk_create(disk, name) : inode;
  int journals = SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL;
  file->must_sync_folder = is_new && (flags & journals);
  file->base.pMethods = &methods;
  disk->open_files += 1;
  return SQLITE_OK;
}

static int vfs_open(sqlite3_vfs *self, const char *path, sqlite3_file *base, int flags, int *got) {
  (void)self;
  const char *name = NULL;
  pthread_mutex_lock(&disk_lock);
  struct power_cut_disk *disk = disk_of(path, &name);
  int code = SQLITE_OK;
  if (disk) {
    memset(base, 0, sizeof(struct file));
    code = open_on(disk, path, name, (struct file *)base, flags, got);
  }
  pthread_mutex_unlock(&disk_lock);
  return disk ? code : below->xOpen(below, path, base, flags, got);
}

static int vfs_delete(sqlite3_vfs *self, const char *path, int must_sync_folder) {
  (void)self;
  const char *name = NULL;
  int code = SQLITE_IOERR_DELETE;
  pthread_mutex_lock(&disk_lock);
  struct power_cut_disk *disk = disk_of(path, &name);
  if (disk && disk_operates(disk)) {
    code = below->xDelete(below, path, 0);
    if (code == SQLITE_OK) disk_remove(disk, name);
    if (code == SQLITE_OK && must_sync_folder) {
      if (disk_operates(disk)) {
        disk_sync_folder(disk);
      } else {
        code = SQLITE_IOERR_DIR_FSYNC;
      }
    }
  }
  pthread_mutex_unlock(&disk_lock);
  return disk ? code : below->xDelete(below, path, must_sync_folder);
}

bool power_cut_install(void) {
  pthread_mutex_lock(&disk_lock);
  if (!below && (below = sqlite3_vfs_find(NULL))) {
    // Everything but opening and deleting stays as it is.
    vfs = *below;
    vfs.zName = "power-cut";
    vfs.pNext = NULL;
    vfs.szOsFile = (int)sizeof(struct file) + below->szOsFile;
    vfs.xOpen = vfs_open;
    vfs.xDelete = vfs_delete;
    if (sqlite3_vfs_register(&vfs, 1) != SQLITE_OK) below = NULL;
  }
  bool is_installed = below != NULL;
  pthread_mutex_unlock(&disk_lock);
  return is_installed;
}
