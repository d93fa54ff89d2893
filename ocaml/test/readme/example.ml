let channel = Event.new_channel ()
let send message = Event.sync (Event.send channel message)
let source items = List.iter (fun x -> send (Some x)) items; send None

(* A channel cannot be closed, so each source sends its end, [None]. *)
let rec total sum = function
  | 0 -> sum
  | running -> (
      match Event.sync (Event.receive channel) with
      | Some x -> total (sum + x) running
      | None -> total sum (running - 1))

let threads = List.map (Thread.create source) [ [ 1; 2; 3 ]; [ 10; 20 ] ]
let () = assert (total 0 (List.length threads) = 36)
