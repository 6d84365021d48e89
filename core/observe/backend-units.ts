/** Which systemd units may be Gunicorn's. */

const SERVER_WORDS = /gunicorn|uvicorn|hypercorn|wsgi|asgi|django|flask|fastapi|python/i;

/** Units of distributions and of other servers, by how their names begin. */
const OTHERS =
  /^(?:systemd|user|session|init|cron|crond|anacron|atd|apt|dpkg|dnf|yum|packagekit|unattended|man-db|logrotate|rsyslog|syslog|fstrim|e2scrub|motd|update|fwupd|snap|snapd|certbot|phpsessionclean|sysstat|ssh|sshd|dbus|polkit|udisks|upower|accounts|getty|serial-getty|console|network|NetworkManager|wpa|ModemManager|chrony|ntp|keyboard|plymouth|grub|lvm2|blk|dm-event|multipathd|iscsi|cloud|amazon|ssm|google|walinux|qemu|open-vm|vmtoolsd|nginx|apache2|httpd|haproxy|caddy|varnish|mysql|mariadb|postgres|redis|valkey|memcached|mongo|rabbitmq|elasticsearch|docker|containerd|kubelet|crio|podman|php|celery|supervisor|auditd|selinux|apparmor|firewalld|ufw|iptables|nftables|fail2ban|postfix|exim|dovecot|prometheus|node_exporter|grafana|telegraf|zabbix|collectd|datadog|newrelic|filebeat|fluent|td-agent|vector|rc-local|emergency|rescue|initrd|modprobe|kmod|ldconfig|run-|dev-|sys-|proc-|boot|home|var|tmp|mnt|srv)(?:[-@._\d]|$)/;

/**
 * Whether what a unit does may be about Gunicorn: a service or its socket that is none of the well-known
 * ones. `unit` is its name, `null` where systemd (before 250) wrote only the description.
 */
export function isBackendUnit(unit: string | null, description: string): boolean {
  if (SERVER_WORDS.test(unit ?? '') || SERVER_WORDS.test(description)) return true;
  if (unit === null) return false;
  return /\.(?:service|socket)$/.test(unit) && !OTHERS.test(unit);
}
