"""File systems in files, mounted where nobody else sees them. They need root and loop devices."""
import fcntl
import os
import shutil
import struct
import subprocess
import sys
import time

from harness import Skipped
from oracle import Broken

EXT4_IOC_SHUTDOWN = 0x8004587D  # _IOR('X', 125, __u32)
NO_LOG_FLUSH = struct.pack("I", 2)
DISK_BYTES = 96 << 20


def with_mounts_of_its_own():
    """Begins this program again in a mount namespace of its own, where that is possible: the mounts end with it. To be called
    first of all."""
    if "KNS_FAULT_MOUNTS" not in os.environ and subprocess.run(["unshare", "--mount", "true"], stderr=subprocess.DEVNULL, check=False).returncode == 0:
        os.environ["KNS_FAULT_MOUNTS"] = "private"
        os.execvp("unshare", ["unshare", "--mount", sys.executable, os.path.abspath(sys.argv[0]), *sys.argv[1:]])


def needs_root_and_loops():
    if "KNS_FAULT_MOUNTS" not in os.environ:
        raise Skipped("only root can mount")
    if not os.path.exists("/dev/loop-control"):
        raise Skipped("there are no loop devices")
    if not shutil.which("mkfs.ext4"):
        raise Skipped("there is no mkfs.ext4 (Debian: e2fsprogs)")


class Disk:
    """An ext4 in a file, mounted below `root`."""

    def __init__(self, root, size=DISK_BYTES):
        self.image, self.path = os.path.join(root, "disk.img"), os.path.join(root, "disk")
        os.makedirs(self.path, exist_ok=True)
        with open(self.image, "wb") as file:
            file.truncate(size)
        subprocess.run(["mkfs.ext4", "-q", "-F", self.image], check=True)
        self.mount()

    def mount(self, options="loop"):
        subprocess.run(["mount", "-o", options, self.image, self.path], check=True)

    def cut(self):
        """The power: what was not synced is gone."""
        fd = os.open(self.path, os.O_RDONLY)
        try:
            fcntl.ioctl(fd, EXT4_IOC_SHUTDOWN, NO_LOG_FLUSH)
        finally:
            os.close(fd)

    def fail(self):
        """An error of the file system, after which the kernel lets nobody write to it any more. (A remount is refused while
        files are open.)"""
        device = next(line.split()[0] for line in open("/proc/self/mounts", encoding="utf-8") if line.split()[1] == self.path)
        with open(f"/sys/fs/ext4/{os.path.basename(device)}/trigger_fs_error", "w", encoding="ascii") as file:
            file.write("a fault of a test")

    def repair(self):
        subprocess.run(["e2fsck", "-fy", self.image], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)

    def unmount(self):
        for _ in range(200):  # workers end a moment after their daemon
            done = subprocess.run(["umount", self.path], stderr=subprocess.PIPE, check=False)
            if done.returncode == 0:
                return
            time.sleep(0.02)
        raise Broken(f"the disk is still in use after the daemon is dead: {done.stderr.decode().strip()}")
