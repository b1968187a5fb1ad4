#!/usr/bin/env bash
# A SLURM of one node for the tests, with six GPUs that are none: cluster.sh start | stop FOLDER
# Installs Debian's packages, writes /etc/slurm, and removes both again. Needs root.
set -euo pipefail
action=$1 folder=$2
packages=(munge slurmctld slurmd slurm-client)

installed() { dpkg-query --show --showformat='${Package}\n' | sort; }

start() {
    mkdir -p "$folder"
    if [ -e /etc/slurm ] || command -v slurmctld; then
        echo "there is a SLURM already; nothing was done" >&2
        return 1
    fi
    installed > "$folder/before"
    apt-get -qq update
    DEBIAN_FRONTEND=noninteractive apt-get -qq install --no-install-recommends "${packages[@]}"
    mkdir -p "$folder"/{state,spool} /etc/slurm /run/munge
    chmod 755 "$folder"
    # A GPU is a character device to SLURM: /dev/null's numbers do.
    for number in 0 1 2 3 4 5; do mknod "$folder/gpu$number" c 1 3; done
    echo "Name=gpu File=$folder/gpu[0-5]" > /etc/slurm/gres.conf
    # Eight processors that need not exist: tests wait for one another as little as possible.
    cat > /etc/slurm/slurm.conf <<EOF
ClusterName=test
SlurmctldHost=localhost(127.0.0.1)
SlurmctldPort=26817
SlurmdPort=26818
SlurmUser=root
SlurmdUser=root
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdLogFile=$folder/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
ReturnToService=2
SlurmdParameters=config_overrides
SchedulerParameters=batch_sched_delay=0,sched_interval=2,bf_interval=2
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
GresTypes=gpu
JobRequeue=0
KillWait=30
MinJobAge=600
# Memory is watched once a second, and a job above its limit is killed.
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
JobAcctGatherParams=OverMemoryKill
NodeName=localhost NodeHostname=$(hostname -s) NodeAddr=127.0.0.1 CPUs=8 RealMemory=16000 Gres=gpu:6
PartitionName=cpu Nodes=localhost Default=YES MaxTime=1-00:00:00
PartitionName=gpu Nodes=localhost MaxTime=1-00:00:00
PartitionName=short Nodes=localhost MaxTime=00:05:00
EOF
    [ -s /etc/munge/munge.key ] || mungekey --create
    chown munge: /run/munge /var/log/munge /etc/munge/munge.key
    chmod 755 /run/munge
    munge -n > /dev/null 2>&1 || runuser -u munge -- munged
    slurmctld && slurmd -N localhost
    for _ in $(seq 100); do
        sinfo --noheader --format=%T 2> /dev/null | grep -q idle && return
        sleep 0.2
    done
    echo "no node came up; see $folder/slurmctld.log" >&2
    return 1
}

stop() {
    [ -e "$folder/before" ] || return 0
    scancel --me 2> /dev/null || true
    for _ in $(seq 50); do
        [ -n "$(squeue --noheader 2> /dev/null)" ] || break
        sleep 0.2
    done
    for file in "$folder/slurmd.pid" "$folder/slurmctld.pid" /run/munge/munged.pid; do
        [ -f "$file" ] && kill "$(cat "$file")" 2> /dev/null || true
    done
    sleep 2
    # What was there before stays.
    mapfile -t added < <(comm -13 "$folder/before" <(installed))
    DEBIAN_FRONTEND=noninteractive apt-get -qq purge "${added[@]}"
    rm -rf /etc/slurm "$folder"
}

"$action"
