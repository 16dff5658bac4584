;; Linear combinations of byte strips over GF(2^8): the arithmetic of Reed-Solomon, 128 bits at a time.
;;
;;   out[r][n] = coefficient[0][r] * data[0][n]  ^  coefficient[1][r] * data[1][n]  ^ ...
;;
;; Multiplying a byte by a constant c is linear over XOR, so a byte splits into nibbles:
;;
;;   c * byte = c * (byte & 15)  ^  c * (byte & 0xf0)
;;
;; Each half has 16 possible values, which is exactly what one v128 register holds, and i8x16.swizzle looks 16 of
;; them up at once. So a product of 16 bytes costs two swizzles and one XOR, whatever the constant.
;;
;; Memory, laid out by src/simd-engine.ts:
;;   0      nibble tables: the constant c has its own at c * 32: sixteen bytes c * n, then sixteen bytes c * (n << 4)
;;   after  the caller's coefficients, data strips and output strips, at the addresses it passes
;;
;; $data          address of the first data strip; strip i begins at $data + i * $stride
;; $count         number of data strips, at least 1
;; $stride        distance from one strip to the next, of data and of output
;; $coefficients  one byte for each (strip, row), the rows of one strip side by side
;; $out           address of the first output strip; it must not overlap the data
;; $length        bytes to compute, more than 0 and a multiple of 64; memory up to there is read and written
;;
;; Accumulators stay in registers over all data strips, so each output byte is stored once and never loaded. Two
;; rows and 32 bytes a step is what fits the 16 registers of x86-64; more rows are more passes over strips that lie in
;; the cache anyway (docs/internals/erasure.md has the measurements).
(module
  (import "kernel" "memory" (memory 1))

  ;; One output row, 64 bytes a step.
  (func (export "combineOneRow")
    (param $data i32) (param $count i32) (param $stride i32) (param $coefficients i32) (param $out i32) (param $length i32)
    (local $position i32) (local $source i32) (local $left i32) (local $coefficient i32) (local $table i32)
    (local $nibble v128) (local $lowTable v128) (local $highTable v128)
    (local $sum0 v128) (local $sum1 v128) (local $sum2 v128) (local $sum3 v128)
    (local $x0 v128) (local $x1 v128) (local $x2 v128) (local $x3 v128)
    (local.set $nibble (i8x16.splat (i32.const 0x0f)))

    (loop $step
      (local.set $sum0 (v128.const i64x2 0 0))
      (local.set $sum1 (v128.const i64x2 0 0))
      (local.set $sum2 (v128.const i64x2 0 0))
      (local.set $sum3 (v128.const i64x2 0 0))
      (local.set $source (i32.add (local.get $data) (local.get $position)))
      (local.set $coefficient (local.get $coefficients))
      (local.set $left (local.get $count))

      (loop $strip
        (local.set $x0 (v128.load offset=0 (local.get $source)))
        (local.set $x1 (v128.load offset=16 (local.get $source)))
        (local.set $x2 (v128.load offset=32 (local.get $source)))
        (local.set $x3 (v128.load offset=48 (local.get $source)))

        (local.set $table (i32.shl (i32.load8_u (local.get $coefficient)) (i32.const 5)))
        (local.set $lowTable (v128.load offset=0 (local.get $table)))
        (local.set $highTable (v128.load offset=16 (local.get $table)))

        ;; The shift moves bits over byte borders inside a 16-bit lane; the mask drops them. WebAssembly's 8-bit shift
        ;; would not need it, but x86-64 has no such instruction and emulates it in several.
        (local.set $sum0 (v128.xor (local.get $sum0) (v128.xor
          (i8x16.swizzle (local.get $lowTable) (v128.and (local.get $x0) (local.get $nibble)))
          (i8x16.swizzle (local.get $highTable) (v128.and (i16x8.shr_u (local.get $x0) (i32.const 4)) (local.get $nibble))))))
        (local.set $sum1 (v128.xor (local.get $sum1) (v128.xor
          (i8x16.swizzle (local.get $lowTable) (v128.and (local.get $x1) (local.get $nibble)))
          (i8x16.swizzle (local.get $highTable) (v128.and (i16x8.shr_u (local.get $x1) (i32.const 4)) (local.get $nibble))))))
        (local.set $sum2 (v128.xor (local.get $sum2) (v128.xor
          (i8x16.swizzle (local.get $lowTable) (v128.and (local.get $x2) (local.get $nibble)))
          (i8x16.swizzle (local.get $highTable) (v128.and (i16x8.shr_u (local.get $x2) (i32.const 4)) (local.get $nibble))))))
        (local.set $sum3 (v128.xor (local.get $sum3) (v128.xor
          (i8x16.swizzle (local.get $lowTable) (v128.and (local.get $x3) (local.get $nibble)))
          (i8x16.swizzle (local.get $highTable) (v128.and (i16x8.shr_u (local.get $x3) (i32.const 4)) (local.get $nibble))))))

        (local.set $source (i32.add (local.get $source) (local.get $stride)))
        (local.set $coefficient (i32.add (local.get $coefficient) (i32.const 1)))
        (br_if $strip (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))

      (local.set $source (i32.add (local.get $out) (local.get $position)))
      (v128.store offset=0 (local.get $source) (local.get $sum0))
      (v128.store offset=16 (local.get $source) (local.get $sum1))
      (v128.store offset=32 (local.get $source) (local.get $sum2))
      (v128.store offset=48 (local.get $source) (local.get $sum3))
      (local.set $position (i32.add (local.get $position) (i32.const 64)))
      (br_if $step (i32.lt_u (local.get $position) (local.get $length)))))

  ;; Two output rows, 32 bytes a step; the nibbles of the data are split once for both.
  (func (export "combineTwoRows")
    (param $data i32) (param $count i32) (param $stride i32) (param $coefficients i32) (param $out i32) (param $length i32)
    (local $position i32) (local $source i32) (local $left i32) (local $coefficient i32) (local $table i32)
    (local $nibble v128) (local $lowTable v128) (local $highTable v128)
    (local $row0sum0 v128) (local $row0sum1 v128) (local $row1sum0 v128) (local $row1sum1 v128)
    (local $low0 v128) (local $low1 v128) (local $high0 v128) (local $high1 v128)
    (local.set $nibble (i8x16.splat (i32.const 0x0f)))

    (loop $step
      (local.set $row0sum0 (v128.const i64x2 0 0))
      (local.set $row0sum1 (v128.const i64x2 0 0))
      (local.set $row1sum0 (v128.const i64x2 0 0))
      (local.set $row1sum1 (v128.const i64x2 0 0))
      (local.set $source (i32.add (local.get $data) (local.get $position)))
      (local.set $coefficient (local.get $coefficients))
      (local.set $left (local.get $count))

      (loop $strip
        (local.set $high0 (v128.load offset=0 (local.get $source)))
        (local.set $high1 (v128.load offset=16 (local.get $source)))
        (local.set $low0 (v128.and (local.get $high0) (local.get $nibble)))
        (local.set $low1 (v128.and (local.get $high1) (local.get $nibble)))
        (local.set $high0 (v128.and (i16x8.shr_u (local.get $high0) (i32.const 4)) (local.get $nibble)))
        (local.set $high1 (v128.and (i16x8.shr_u (local.get $high1) (i32.const 4)) (local.get $nibble)))

        (local.set $table (i32.shl (i32.load8_u offset=0 (local.get $coefficient)) (i32.const 5)))
        (local.set $lowTable (v128.load offset=0 (local.get $table)))
        (local.set $highTable (v128.load offset=16 (local.get $table)))
        (local.set $row0sum0 (v128.xor (local.get $row0sum0) (v128.xor
          (i8x16.swizzle (local.get $lowTable) (local.get $low0))
          (i8x16.swizzle (local.get $highTable) (local.get $high0)))))
        (local.set $row0sum1 (v128.xor (local.get $row0sum1) (v128.xor
          (i8x16.swizzle (local.get $lowTable) (local.get $low1))
          (i8x16.swizzle (local.get $highTable) (local.get $high1)))))

        (local.set $table (i32.shl (i32.load8_u offset=1 (local.get $coefficient)) (i32.const 5)))
        (local.set $lowTable (v128.load offset=0 (local.get $table)))
        (local.set $highTable (v128.load offset=16 (local.get $table)))
        (local.set $row1sum0 (v128.xor (local.get $row1sum0) (v128.xor
          (i8x16.swizzle (local.get $lowTable) (local.get $low0))
          (i8x16.swizzle (local.get $highTable) (local.get $high0)))))
        (local.set $row1sum1 (v128.xor (local.get $row1sum1) (v128.xor
          (i8x16.swizzle (local.get $lowTable) (local.get $low1))
          (i8x16.swizzle (local.get $highTable) (local.get $high1)))))

        (local.set $source (i32.add (local.get $source) (local.get $stride)))
        (local.set $coefficient (i32.add (local.get $coefficient) (i32.const 2)))
        (br_if $strip (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))

      (local.set $source (i32.add (local.get $out) (local.get $position)))
      (v128.store offset=0 (local.get $source) (local.get $row0sum0))
      (v128.store offset=16 (local.get $source) (local.get $row0sum1))
      (local.set $source (i32.add (local.get $source) (local.get $stride)))
      (v128.store offset=0 (local.get $source) (local.get $row1sum0))
      (v128.store offset=16 (local.get $source) (local.get $row1sum1))
      (local.set $position (i32.add (local.get $position) (i32.const 32)))
      (br_if $step (i32.lt_u (local.get $position) (local.get $length)))))

  ;; Two adjacent output rows (slots r and r+1, r even) from data strips that are pairs of adjacent slots too: about half
  ;; the multiplications. Encoding an even number of data shards is such a case. 32 bytes a step.
  ;;
  ;; f is the polynomial through the data: f(slot) is that slot's byte. Since W(x) = x^2 + x is the same for x and x+1,
  ;; and any f is g(W(x)) + x * h(W(x)), the pair of slots c and c+1 gives
  ;;
  ;;   h at W(c) = f(c) + f(c+1)             g at W(c) = f(c) + c * h
  ;;
  ;; g and h have half the degree, and one set of Lagrange coefficients L interpolates both to W(r); from there
  ;;
  ;;   f(r) = g + r * h                      f(r+1) = f(r) + h
  ;;
  ;; Slots count from the first pair's (adding a constant to all of them changes nothing), so its c is 0; and as Lagrange
  ;; coefficients add up to 1, the first pair needs none: g(W(r)) = g0 + sum over the other pairs of L * (g + g0).
  ;;
  ;; $coefficients here: r, then c and L for each pair but the first. $count is even, at least 2.
  (func (export "combinePairs")
    (param $data i32) (param $count i32) (param $stride i32) (param $coefficients i32) (param $out i32) (param $length i32)
    (local $position i32) (local $source i32) (local $left i32) (local $coefficient i32) (local $table i32)
    (local $nibble v128) (local $lowTable v128) (local $highTable v128) (local $lowTableL v128) (local $highTableL v128)
    (local $g0first v128) (local $g1first v128) (local $h0first v128) (local $h1first v128)
    (local $g0 v128) (local $g1 v128) (local $h0 v128) (local $h1 v128)
    (local $g0sum v128) (local $g1sum v128) (local $h0sum v128) (local $h1sum v128)
    (local.set $nibble (i8x16.splat (i32.const 0x0f)))

    (loop $step
      ;; The first pair: g is its even strip, h the sum of both.
      (local.set $source (i32.add (local.get $data) (local.get $position)))
      (local.set $g0sum (local.tee $g0first (v128.load offset=0 (local.get $source))))
      (local.set $g1sum (local.tee $g1first (v128.load offset=16 (local.get $source))))
      (local.set $source (i32.add (local.get $source) (local.get $stride)))
      (local.set $h0sum (local.tee $h0first (v128.xor (local.get $g0first) (v128.load offset=0 (local.get $source)))))
      (local.set $h1sum (local.tee $h1first (v128.xor (local.get $g1first) (v128.load offset=16 (local.get $source)))))

      (local.set $coefficient (i32.add (local.get $coefficients) (i32.const 1)))
      (local.set $left (i32.sub (local.get $count) (i32.const 2)))
      (block $noMorePairs
        (loop $pair
          (br_if $noMorePairs (i32.eqz (local.get $left)))
          (local.set $source (i32.add (local.get $source) (local.get $stride)))
          (local.set $g0 (v128.load offset=0 (local.get $source)))
          (local.set $g1 (v128.load offset=16 (local.get $source)))
          (local.set $source (i32.add (local.get $source) (local.get $stride)))
          (local.set $h0 (v128.xor (local.get $g0) (v128.load offset=0 (local.get $source))))
          (local.set $h1 (v128.xor (local.get $g1) (v128.load offset=16 (local.get $source))))

          ;; g = even strip + c * h, and at once + g of the first pair; h + h of the first pair.
          (local.set $table (i32.shl (i32.load8_u offset=0 (local.get $coefficient)) (i32.const 5)))
          (local.set $lowTable (v128.load offset=0 (local.get $table)))
          (local.set $highTable (v128.load offset=16 (local.get $table)))
          (local.set $g0 (v128.xor (v128.xor (local.get $g0) (local.get $g0first)) (v128.xor
            (i8x16.swizzle (local.get $lowTable) (v128.and (local.get $h0) (local.get $nibble)))
            (i8x16.swizzle (local.get $highTable) (v128.and (i16x8.shr_u (local.get $h0) (i32.const 4)) (local.get $nibble))))))
          (local.set $g1 (v128.xor (v128.xor (local.get $g1) (local.get $g1first)) (v128.xor
            (i8x16.swizzle (local.get $lowTable) (v128.and (local.get $h1) (local.get $nibble)))
            (i8x16.swizzle (local.get $highTable) (v128.and (i16x8.shr_u (local.get $h1) (i32.const 4)) (local.get $nibble))))))
          (local.set $h0 (v128.xor (local.get $h0) (local.get $h0first)))
          (local.set $h1 (v128.xor (local.get $h1) (local.get $h1first)))

          (local.set $table (i32.shl (i32.load8_u offset=1 (local.get $coefficient)) (i32.const 5)))
          (local.set $lowTableL (v128.load offset=0 (local.get $table)))
          (local.set $highTableL (v128.load offset=16 (local.get $table)))
          (local.set $g0sum (v128.xor (local.get $g0sum) (v128.xor
            (i8x16.swizzle (local.get $lowTableL) (v128.and (local.get $g0) (local.get $nibble)))
            (i8x16.swizzle (local.get $highTableL) (v128.and (i16x8.shr_u (local.get $g0) (i32.const 4)) (local.get $nibble))))))
          (local.set $g1sum (v128.xor (local.get $g1sum) (v128.xor
            (i8x16.swizzle (local.get $lowTableL) (v128.and (local.get $g1) (local.get $nibble)))
            (i8x16.swizzle (local.get $highTableL) (v128.and (i16x8.shr_u (local.get $g1) (i32.const 4)) (local.get $nibble))))))
          (local.set $h0sum (v128.xor (local.get $h0sum) (v128.xor
            (i8x16.swizzle (local.get $lowTableL) (v128.and (local.get $h0) (local.get $nibble)))
            (i8x16.swizzle (local.get $highTableL) (v128.and (i16x8.shr_u (local.get $h0) (i32.const 4)) (local.get $nibble))))))
          (local.set $h1sum (v128.xor (local.get $h1sum) (v128.xor
            (i8x16.swizzle (local.get $lowTableL) (v128.and (local.get $h1) (local.get $nibble)))
            (i8x16.swizzle (local.get $highTableL) (v128.and (i16x8.shr_u (local.get $h1) (i32.const 4)) (local.get $nibble))))))

          (local.set $coefficient (i32.add (local.get $coefficient) (i32.const 2)))
          (local.set $left (i32.sub (local.get $left) (i32.const 2)))
          (br $pair)))

      ;; f(r) = g + r * h into the first output strip, f(r+1) = f(r) + h into the second.
      (local.set $table (i32.shl (i32.load8_u (local.get $coefficients)) (i32.const 5)))
      (local.set $lowTable (v128.load offset=0 (local.get $table)))
      (local.set $highTable (v128.load offset=16 (local.get $table)))
      (local.set $g0sum (v128.xor (local.get $g0sum) (v128.xor
        (i8x16.swizzle (local.get $lowTable) (v128.and (local.get $h0sum) (local.get $nibble)))
        (i8x16.swizzle (local.get $highTable) (v128.and (i16x8.shr_u (local.get $h0sum) (i32.const 4)) (local.get $nibble))))))
      (local.set $g1sum (v128.xor (local.get $g1sum) (v128.xor
        (i8x16.swizzle (local.get $lowTable) (v128.and (local.get $h1sum) (local.get $nibble)))
        (i8x16.swizzle (local.get $highTable) (v128.and (i16x8.shr_u (local.get $h1sum) (i32.const 4)) (local.get $nibble))))))
      (local.set $source (i32.add (local.get $out) (local.get $position)))
      (v128.store offset=0 (local.get $source) (local.get $g0sum))
      (v128.store offset=16 (local.get $source) (local.get $g1sum))
      (local.set $source (i32.add (local.get $source) (local.get $stride)))
      (v128.store offset=0 (local.get $source) (v128.xor (local.get $g0sum) (local.get $h0sum)))
      (v128.store offset=16 (local.get $source) (v128.xor (local.get $g1sum) (local.get $h1sum)))
      (local.set $position (i32.add (local.get $position) (i32.const 32)))
      (br_if $step (i32.lt_u (local.get $position) (local.get $length))))))
