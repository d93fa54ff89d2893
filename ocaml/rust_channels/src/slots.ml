(* Slots lie in chunks that never move, each twice as large as the one before:
   a token is [offset lsl 5 lor chunk]. Free slots are linked through [next],
   where a link is a token plus one, and 0 is the end.

   There are two lists of them. Who puts takes from [free]; who takes gives to
   [freed]; when [free] is empty, all of [freed] becomes it. So a sender and a
   receiver meet once a batch, not once a message, in one place of memory.

   [free] is a stack from which several pop, so its head carries a count of the
   pops, without which a head that was popped and came back would pass for
   unchanged (R. K. Treiber, 1986; the count is IBM's). From [freed] nobody
   takes less than everything, so it needs none. *)

type 'a chunk = { items : 'a option array; next : int array }

type 'a t = {
  free : int Atomic.t;
  chunks : 'a chunk array Atomic.t;
  freed : int Atomic.t;
}

let create () =
  { free = Atomic.make 0; chunks = Atomic.make [||]; freed = Atomic.make 0 }

let token chunk offset = (offset lsl 5) lor chunk
let chunk_of t token = (Atomic.get t.chunks).(token land 31)
let next t token = (chunk_of t token).next.(token lsr 5)
let link_to t token link = (chunk_of t token).next.(token lsr 5) <- link

(* The head of [free]: a link in the low bits, the count above. *)

let link_bits = 36
let link_of head = head land ((1 lsl link_bits) - 1)
let with_link head link = (head - link_of head + (1 lsl link_bits)) lor link

let rec last t link =
  let token = link - 1 in
  match next t token with 0 -> token | more -> last t more

(** [give t first ~last] puts a list of slots in front of [free]. [last] is the
    token of its last one, [-1] if nobody has looked for it yet. *)
let rec give t first ~last:known =
  let head = Atomic.get t.free in
  match link_of head with
  | 0 when known < 0 ->
      if not (Atomic.compare_and_set t.free head (with_link head first)) then
        give t first ~last:known
  | others ->
      let known = if known < 0 then last t first else known in
      link_to t known others;
      if not (Atomic.compare_and_set t.free head (with_link head first)) then
        give t first ~last:known

let first_size = 8
let most_chunks = 28

(** [grow t] is the token of a slot of a new chunk, the others of which are
    free; [None] if somebody else was faster. *)
let grow t =
  let chunks = Atomic.get t.chunks in
  let chunk = Array.length chunks in
  if chunk = most_chunks then failwith "Chanpatterns: a channel is full";
  let size = first_size lsl chunk in
  let next offset =
    if offset = size - 1 then 0 else token chunk (offset + 1) + 1
  in
  let made = { items = Array.make size None; next = Array.init size next } in
  if Atomic.compare_and_set t.chunks chunks (Array.append chunks [| made |])
  then begin
    give t (token chunk 1 + 1) ~last:(token chunk (size - 1));
    Some (token chunk 0)
  end
  else None

let rec pop t =
  let head = Atomic.get t.free in
  match link_of head with
  | 0 -> refill t
  | link ->
      (* If another pops it meanwhile, what is read is stale, and not used. *)
      let token = link - 1 in
      let rest = next t token in
      if Atomic.compare_and_set t.free head (with_link head rest) then token
      else pop t

and refill t =
  match Atomic.exchange t.freed 0 with
  | 0 -> ( match grow t with Some token -> token | None -> pop t)
  | link ->
      let token = link - 1 in
      let rest = next t token in
      if rest <> 0 then give t rest ~last:(-1);
      token

let put t x =
  let token = pop t in
  (chunk_of t token).items.(token lsr 5) <- Some x;
  token

let rec push t token =
  let others = Atomic.get t.freed in
  link_to t token others;
  if not (Atomic.compare_and_set t.freed others (token + 1)) then push t token

let take t token =
  let chunk = chunk_of t token in
  let item = chunk.items.(token lsr 5) in
  chunk.items.(token lsr 5) <- None;
  push t token;
  item

let used t =
  let of_chunk count chunk =
    Array.fold_left
      (fun count item -> count + if Option.is_none item then 0 else 1)
      count chunk.items
  in
  Array.fold_left of_chunk 0 (Atomic.get t.chunks)
