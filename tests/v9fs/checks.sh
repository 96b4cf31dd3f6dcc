# What a user does on a mount of v9fs, in the shell of the guest. Each check prints one line: its name, what the commands said, and the
# code they left with. The test sets `host`, `port`, and who the user is there (`user`, `uid`, `gid`), and calls `dialect`.

# check NAME COMMANDS: by that user
check() {
    timeout 10 /programs/setpriv --reuid "$uid" --regid "$gid" --clear-groups sh -c "$2" >/tmp/said 2>&1
    code=$?
    # What is left behind would hold the mount.
    killall -q -9 cat dd tlssrv tlsclient
    echo "$1:" $(cat /tmp/said) "[$code]"
}

# dialect VERSION A B: with two conversations that the host opened
dialect() {
    export T=/mnt/tls A=/mnt/tls/$2 B=/mnt/tls/$3
    echo "== $1"
    # The owner is for 9P2000, which gives users no numbers.
    mount -t 9p -o "trans=tcp,port=$port,version=$1,uname=$user,dfltuid=$uid,dfltgid=$gid" "$host" /mnt || return
    files
    conversation
    readers
    ends
    wire
    umount /mnt || echo "cannot unmount $1"
}

# Both ends of a TLS connection have their records made by the device, and carry its ciphertext between it and a socket.
tls='
    /programs/tlssrv --device /mnt --listen tcp!127.0.0.1!8443 --self-signed localhost -- sh -c "
        read -r line; echo you said: \$line, by \$SSL_PROTOCOL, \$(head -n 1 \$TLSDIR/status); cat" 2>/tmp/reports &
    until grep -q listening /tmp/reports; do sleep 0.1; done
    (echo hello; sleep 1; echo more) | /programs/tlsclient --insecure --device /mnt tcp!127.0.0.1!8443
    code=$?; grep -v listening /tmp/reports; exit $code'

# The device of the guest itself, mounted at its unix socket by root and used by somebody else.
at_unix_socket() {
    export T=/mnt/tls
    uid=60001 gid=60001
    echo "== unix socket"
    /programs/devtls -a 'unix!/tmp/tls' 2>/dev/null &
    until [ -S /tmp/tls ]; do sleep 0.1; done
    mount -t 9p -o trans=unix,version=9p2000.L,uname=root /tmp/tls /mnt || return
    check 'ls' 'ls $T'
    check 'owner' 'exec 3<$T/clone; stat -c %u $T/$(cat <&3)/ctl'
    check 'fd' 'exec 3<$T/clone; echo fd 0 0x303 >$T/$(cat <&3)/ctl'
    wire
    check 'TLS' "$tls"
    umount /mnt || echo 'cannot unmount the unix socket'
}

files() {
    check 'ls' 'ls $T'
    check 'ls of a conversation' 'ls $A'
    check 'stat of clone' 'stat -c "%A %F %s" $T/clone'
    check 'stat of a conversation' 'cd $A && stat -c "%A %n" *'
    check 'owner' 'stat -c "%u %g" $A/ctl'
    check 'encalgs' 'cat $T/encalgs'
    check 'no such file' 'cat $T/none'
    check 'access' '[ -r $A/ctl ] && [ -w $A/ctl ] && echo both ways'
    check 'touch' 'touch $A/ctl'
    check 'chmod' 'chmod 600 $A/ctl && stat -c %a $A/ctl && chmod 660 $A/ctl'
    check 'rm' 'rm $A/ctl'
    check 'mkdir' 'mkdir $T/new'
    check 'create' 'echo >$T/new'
    check 'clone, and its end' 'exec 3<$T/clone; n=$(cat <&3); head -n 1 $T/$n/status; exec 3<&-; cat $T/$n/status'
    check 'fd' 'exec 3<$T/clone; echo fd 0 0x303 >$T/$(cat <&3)/ctl'
}

# Both conversations; the host answers what comes with the same in capitals.
conversation() {
    check 'a wrong command' 'echo rubbish >$A/ctl'
    check 'version' 'echo version 0x303 >$A/ctl; echo version 0x303 >>$B/ctl'
    check 'secret' 'echo secret clear clear 0 x >$A/ctl; echo secret clear clear 0 x >>$B/ctl'
    check 'changecipher' 'echo changecipher >$A/ctl; echo changecipher >>$B/ctl'
    check 'hand' 'dd bs=4 count=1 status=none if=$A/hand; dd bs=4 count=1 status=none if=$B/hand'
    check 'opened' 'echo opened >$A/ctl; echo opened >>$B/ctl'
    check 'data' 'echo hello >$A/data; read -r line <$A/data; echo $line'
    check 'status' 'head -n 3 $A/status'
    check 'stats' 'cat $A/stats'
    uid=60001 gid=60001 check 'somebody else' '
        exec 3<$T/clone; n=$(cat <&3); echo debug off >$T/$n/ctl && stat -c %u $T/$n/ctl; cat $A/stats'
}

# Waits until the program in the background waits for the device. That a killed one is reported by the shell is nothing to compare.
waits='until grep -q p9 /proc/$!/wchan; do sleep 0.1; done'

# A reader that would wait for ever gets $signal, and is to be gone within three seconds.
killed='
    exec 2>/dev/null
    now() { read -r t _ </proc/uptime; echo "${t%.*}${t#*.}"; }
    cat $A/data & '$waits'
    begin=$(now); kill -$signal $!; wait $!
    echo code $?; [ $(($(now) - begin)) -lt 300 ] && echo at once'

readers() {
    check 'two readers of one file' \
        'for n in 1 2; do dd bs=4 count=1 status=none if=$A/data & done; echo one >$A/data; echo two >$A/data; wait'
    check 'a reader that waits holds nobody up' \
        'dd bs=4 count=1 status=none if=$B/data & '"$waits"'
        echo one >$A/data; dd bs=4 count=1 status=none if=$A/data; echo two >$B/data; wait'
    check 'a waiting reader is terminated' "signal=TERM; $killed"
    check 'a waiting reader is killed' "signal=KILL; $killed"
    check 'nothing is lost with them' 'echo hello >$A/data; read -r line <$A/data; echo $line'
    check 'a read waits until it has all it asked for' \
        'exec 2>/dev/null; echo hello >$A/data; timeout 0.5 /programs/dd bs=64k count=1 status=none if=$A/data; echo code $?'
    check 'with O_NONBLOCK it takes what there is' \
        'echo hello >$A/data; /programs/dd iflag=nonblock bs=64k count=1 status=none if=$A/data'
    check 'with O_NONBLOCK it waits, too, while there is nothing' \
        '/programs/dd iflag=nonblock bs=64k count=1 status=none if=$A/data & '"$waits"'; echo hello >$A/data; wait'
}

ends() {
    check 'the end of the file' 'printf quit >$A/data; cat $A/data'
    check 'an end without notice' 'printf drop >$B/data; /programs/dd status=none if=$B/data'
    check 'hangup' 'echo hangup >$A/ctl; head -n 1 $A/status'
}

# What one conversation has to send is carried to the other, by a program that copies what there is.
wire() {
    check 'wire' '
        exec 3<$T/clone 4<$T/clone
        P=$T/$(cat <&3) Q=$T/$(cat <&4)
        both() { echo "$@" >$P/ctl; echo "$@" >$Q/ctl; }
        carry() { /programs/dd iflag=nonblock bs=64k status=none "if=$1/wire" "of=$2/wire" 3<&- 4<&- & }
        both wire 0x303
        carry $P $Q; carry $Q $P
        both version 0x303
        keys=$(head -c 40 /dev/zero | base64)
        echo secret clear aes_128_gcm_aead 1 $keys >$P/ctl; echo secret clear aes_128_gcm_aead 0 $keys >$Q/ctl
        both changecipher
        echo ping >$P/hand; dd bs=5 count=1 status=none if=$Q/hand
        echo pong >$Q/hand; dd bs=5 count=1 status=none if=$P/hand
        both opened
        echo question >$P/data; read -r line <$Q/data; echo $line
        echo answer >$Q/data; read -r line <$P/data; echo $line
        head -n 3 $Q/status
        exec 3<&-; cat $Q/data; head -n 1 $Q/status; exec 4<&-
        wait; echo carried'
}
