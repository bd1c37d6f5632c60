"""Why a node said no: the stable codes, and the sentence that each one is for a person."""

from __future__ import annotations

SENTENCES = {
    "locked": "another rollout holds this node; see who with `lock`, and free it there if its holder is gone",
    "epoch": "the node has seen this epoch or a newer one, so this claim is out of date; observe again and claim anew",
    "no-epoch": "an epoch is damaged or forged and would fence nobody; see which with `lock`, and mend it on that node",
    "not-ours": "the lock on the node is not ours (any more); nothing may be done there; see who holds it with `lock`",
    "busy": "another request has been at work in the localhome for ten seconds; try again when it has ended",
    "changed": "filestore-config.xml is not the one that the plan was made from; run drift, then plan again",
    "not-a-file": "filestore-config.xml is not a regular file and is never followed or replaced; look at it by hand",
    "hard-link": "filestore-config.xml has more than one name; replacing it would part them; remove the other names",
    "no-home": "the localhome is not there or may not be entered; check `localhome` in the inventory",
    "home-unsafe": "someone else than the owner can swap files in the localhome; correct the owner or mode named here",
    "not-owner": "the request did not run as the file's owner; check `owner` and the sudoers lines",
    "no-space": "there is not enough free space in the localhome; make room, then go on",
    "no-inodes": "the file system of the localhome has no free inodes; make room, then go on",
    "quota": "the owner's disk quota is used up; make room, then go on",
    "read-only": "the file system of the localhome is mounted read-only; find out why before going on",
    "immutable": "the file or its folder is marked immutable or append-only (lsattr shows it); chattr -i it first",
    "missing-tools": "the node lacks tools that the work needs; install them (coreutils, util-linux, grep)",
    "group-refused": "the owner may not give the file to the inventory's group; make the owner a member of it",
    "not-written": "the file could not be written beside the target; nothing was replaced",
    "damaged": "the bytes that arrived on the node are not the ones sent; nothing was replaced; try again",
    "not-staged": "the staged document is not there or is not the one of the plan; stage it again",
    "sync-failed": "the node could not bring the bytes to its disk; nothing was replaced; look at the node's disk",
    "not-durable": "the NEW file is in place, but its folder could not be brought to disk: a power cut may undo it",
    "not-recorded": "the NEW file is in place and durable, but its receipt could not be written; make room",
    "not-kept": "the node keeps no document with this digest; deploy it from the inventory instead",
    "service-failed": "systemd was asked and did not follow; check the unit's name, and its state on the node",
    "no-command": "the owner cannot run the service's command; check `service` in the inventory, and the program there",
    "no-shared-home": "this is not the shared home of the node's Jira; check `jira.sharedhome`, and that it is mounted",
    "import-unsafe": "nothing is laid into an import folder that others can change; correct what is named here",
    "import-closed": "the owner cannot write in the import folder of the shared home; see why on the node",
    "in-the-way": "a file of this name is in the import folder already, and is never replaced; move it away first",
    "fetching": "another run is fetching this backup just now, on this node or another; see how far with --list",
    "no-room": "there is not enough room on the shared home's file system; make room, then run it again",
    "too-long": "what is there is longer than the backup and cannot be the beginning of it; remove it by hand",
    "not-fetched": "the fetched file is not there as it was left, or cannot be given its name; run it again",
    "no-store-tool": "the node has neither the aws command nor curl; install one of them",
    "no-keys": "no credentials were found where Jira's own client looks for them; with a key of your own: "
    "--from-workstation",
    "sudo-refused": "sudo did not let the login user act as the file's owner or ask systemd; check the sudoers lines",
}


def reason_for(code: str, detail: str) -> str:
    """Return the sentence of a refusal, with the fact that the node named, if any."""
    sentence = SENTENCES[code]
    return f"{sentence} ({detail})" if detail else sentence
