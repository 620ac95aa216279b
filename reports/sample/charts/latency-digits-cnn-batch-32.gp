# Latency of one inference: digits-cnn
# Run in this folder: gnuplot latency-digits-cnn-batch-32.gp
set encoding utf8
density = 'latency-digits-cnn-batch-32-density.dat'
summary = 'latency-digits-cnn-batch-32-summary.dat'
quantiles = 'latency-digits-cnn-batch-32-quantiles.dat'
do for [picture = 1:2] {
if (picture == 1) {
set terminal svg noenhanced size 960,668 font 'DejaVu Sans,12' background '#ffffff'
set output 'latency-digits-cnn-batch-32.svg'
}
if (picture == 2) {
set terminal pngcairo noenhanced size 1920,1336 font 'DejaVu Sans,12' fontscale 1.5 linewidth 2 pointscale 2.6 background '#ffffff'
set output 'latency-digits-cnn-batch-32.png'
}
reset
set lmargin at screen 0.17512; set rmargin at screen 0.75417; set bmargin at screen 0.09581; set tmargin at screen 0.87425
set border 3 linecolor rgb '#555555'
set tics nomirror out scale 0.6 textcolor rgb '#000000'
set grid linetype 1 linecolor rgb '#E4E4E4' linewidth 1
unset key
set label 'Latency of one inference: digits-cnn' at screen 0.01667, screen 0.96707 left front font ',15' textcolor rgb '#000000'
set label 'onnxruntime 1.31.1, cpu, 1 thread, batch 32, single-stream' at screen 0.01667, screen 0.93413 left front font ',11' textcolor rgb '#555555'
set label 'all steady-state samples; box: quartiles, point: median, whiskers: 10 % and 90 %, cross: 99 %' at screen 0.01667, screen 0.90419 left front font ',10' textcolor rgb '#555555'
set xrange [174.60078546719043:5380.7830489790185] noextend
set logscale x
set xtics ('200' 200.0, '500' 500.0, '1000' 1000.0, '2000' 2000.0, '5000' 5000.0)
set xlabel 'latency, µs (logarithmic)'
set yrange [-12.5:0.5] noextend
set ytics ('baseline' 0, 'pruned-50' -1, 'pruned-90' -2, 'pruned-90-per-layer' -3, 'dynamic-int8' -4, 'int8' -5, 'int8-percentile' -6, 'int8-entropy' -7, 'int8-mse' -8, 'int8-per-tensor' -9, 'int8-signed-activations' -10, 'float16' -11, 'pruned-int8' -12) scale 0
set grid noytics
set label 'median 498 µs, longest 36.7 ms' at screen 0.76667, screen 0.84431 left front font ',11' textcolor rgb '#555555'
set label 'median 494 µs, longest 60.7 ms' at screen 0.76667, screen 0.78443 left front font ',11' textcolor rgb '#555555'
set label 'median 495 µs, longest 52.6 ms' at screen 0.76667, screen 0.72455 left front font ',11' textcolor rgb '#555555'
set label 'median 495 µs, longest 64.7 ms' at screen 0.76667, screen 0.66467 left front font ',11' textcolor rgb '#555555'
set label 'median 495 µs, longest 20.7 ms' at screen 0.76667, screen 0.60479 left front font ',11' textcolor rgb '#555555'
set label 'median 210 µs, longest 36.5 ms' at screen 0.76667, screen 0.54491 left front font ',11' textcolor rgb '#555555'
set label 'median 209 µs, longest 60.4 ms' at screen 0.76667, screen 0.48503 left front font ',11' textcolor rgb '#555555'
set label 'median 209 µs, longest 64.4 ms' at screen 0.76667, screen 0.42515 left front font ',11' textcolor rgb '#555555'
set label 'median 209 µs, longest 132 ms' at screen 0.76667, screen 0.36527 left front font ',11' textcolor rgb '#555555'
set label 'median 209 µs, longest 73.2 ms' at screen 0.76667, screen 0.30539 left front font ',11' textcolor rgb '#555555'
set label 'median 210 µs, longest 60.4 ms' at screen 0.76667, screen 0.24551 left front font ',11' textcolor rgb '#555555'
set label 'median 498 µs, longest 80.6 ms' at screen 0.76667, screen 0.18563 left front font ',11' textcolor rgb '#555555'
set label 'median 209 µs, longest 100 ms' at screen 0.76667, screen 0.12575 left front font ',11' textcolor rgb '#555555'
plot density every :::0::0 using 1:2:3 with filledcurves linecolor rgb '#999999' fillstyle solid 0.55 noborder, density every :::1::1 using 1:2:3 with filledcurves linecolor rgb '#56B4E9' fillstyle solid 0.55 noborder, density every :::2::2 using 1:2:3 with filledcurves linecolor rgb '#56B4E9' fillstyle solid 0.55 noborder, density every :::3::3 using 1:2:3 with filledcurves linecolor rgb '#56B4E9' fillstyle solid 0.55 noborder, density every :::4::4 using 1:2:3 with filledcurves linecolor rgb '#56B4E9' fillstyle solid 0.55 noborder, density every :::5::5 using 1:2:3 with filledcurves linecolor rgb '#56B4E9' fillstyle solid 0.55 noborder, density every :::6::6 using 1:2:3 with filledcurves linecolor rgb '#56B4E9' fillstyle solid 0.55 noborder, density every :::7::7 using 1:2:3 with filledcurves linecolor rgb '#56B4E9' fillstyle solid 0.55 noborder, density every :::8::8 using 1:2:3 with filledcurves linecolor rgb '#56B4E9' fillstyle solid 0.55 noborder, density every :::9::9 using 1:2:3 with filledcurves linecolor rgb '#56B4E9' fillstyle solid 0.55 noborder, density every :::10::10 using 1:2:3 with filledcurves linecolor rgb '#56B4E9' fillstyle solid 0.55 noborder, density every :::11::11 using 1:2:3 with filledcurves linecolor rgb '#56B4E9' fillstyle solid 0.55 noborder, density every :::12::12 using 1:2:3 with filledcurves linecolor rgb '#56B4E9' fillstyle solid 0.55 noborder, summary using 3:1:2:6 with xerrorbars pointtype -1 linewidth 1.2 linecolor rgb '#555555', summary using 4:1:3:5:($1-0.12):($1+0.12) with boxxyerror linecolor rgb '#555555' fillstyle solid 1 noborder, summary using 4:1 with points pointtype 7 pointsize 0.4 linecolor rgb '#ffffff', summary using 7:1 with points pointtype 2 pointsize 0.7 linewidth 1.4 linecolor rgb '#D55E00'
unset output
}
