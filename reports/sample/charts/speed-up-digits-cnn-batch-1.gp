# Counted against measured speed-up: digits-cnn
# Run in this folder: gnuplot speed-up-digits-cnn-batch-1.gp
set encoding utf8
points = 'speed-up-digits-cnn-batch-1.dat'
do for [picture = 1:2] {
if (picture == 1) {
set terminal svg noenhanced size 900,560 font 'DejaVu Sans,12' background '#ffffff'
set output 'speed-up-digits-cnn-batch-1.svg'
}
if (picture == 2) {
set terminal pngcairo noenhanced size 1800,1120 font 'DejaVu Sans,12' fontscale 1.5 linewidth 2 pointscale 2.6 background '#ffffff'
set output 'speed-up-digits-cnn-batch-1.png'
}
reset
set lmargin at screen 0.08889; set rmargin at screen 0.97333; set bmargin at screen 0.16786; set tmargin at screen 0.85
set border 3 linecolor rgb '#555555'
set tics nomirror out scale 0.6 textcolor rgb '#000000'
set grid linetype 1 linecolor rgb '#E4E4E4' linewidth 1
unset key
set label 'Counted against measured speed-up: digits-cnn' at screen 0.01778, screen 0.96071 left front font ',15' textcolor rgb '#000000'
set label 'onnxruntime 1.31.1, cpu, 1 thread, batch 1, single-stream' at screen 0.01778, screen 0.92143 left front font ',11' textcolor rgb '#555555'
set xrange [0.4301986129454613:1528.4868927734833] noextend
set logscale x
set xtics ('1.0' 1.0, '10' 10.0, '100' 100.0, '1000' 1000.0)
set yrange [0.8251164181820336:13.398136904904803] noextend
set logscale y
set ytics ('1.0' 1.0, '2.0' 2.0, '5.0' 5.0, '10' 10.0)
set xlabel 'baseline''s multiply-accumulates / variant''s (weights that are not zero) (logarithmic)'
set ylabel 'baseline''s median latency / variant''s (logarithmic)' offset -0.5,0
set label 'baseline' at screen 0.22099, screen 0.2149 center front font ',12' textcolor rgb '#000000'
set label 'dynamic-int8' at screen 0.23652, screen 0.24801 center front font ',12' textcolor rgb '#000000'
set label 'int8' at screen 0.2054, screen 0.32489 center front font ',12' textcolor rgb '#000000'
set label 'float16' at screen 0.1451, screen 0.22193 center front font ',12' textcolor rgb '#000000'
set label 'pruned-80' at screen 0.41546, screen 0.2297 center front font ',12' textcolor rgb '#000000'
set label 'pruned-80-tuned' at screen 0.36882, screen 0.27957 center front font ',12' textcolor rgb '#000000'
set arrow from screen 0.36882, screen 0.23029 to screen 0.36882, screen 0.26529 nohead front linewidth 0.7 linecolor rgb '#999999'
set label 'half-width' at screen 0.37541, screen 0.44651 center front font ',12' textcolor rgb '#000000'
set label 'compressed' at screen 0.31404, screen 0.20539 center front font ',12' textcolor rgb '#000000'
set label 'hashed-8' at screen 0.12874, screen 0.26374 center front font ',12' textcolor rgb '#000000'
set label 'small' at screen 0.91286, screen 0.80215 center front font ',12' textcolor rgb '#000000'
set label 'student' at screen 0.84537, screen 0.80213 center front font ',12' textcolor rgb '#000000'
set label 'half-width-int8' at screen 0.39196, screen 0.3853 center front font ',12' textcolor rgb '#000000'
set arrow from screen 0.30874, screen 0.02857 to screen 0.34874, screen 0.02857 nohead front dashtype 2 linewidth 1.6 linecolor rgb '#009E73'
set label 'as fast as counted' at screen 0.35541, screen 0.02857 left front font ',11' textcolor rgb '#000000'
set label '' at screen 0.51126, screen 0.02857 front point pointtype 13 pointsize 1.0 linecolor rgb '#000000'
set label 'baseline' at screen 0.52903, screen 0.02857 left front font ',11' textcolor rgb '#000000'
set label '' at screen 0.62132, screen 0.02857 front point pointtype 7 pointsize 0.9 linecolor rgb '#0072B2'
set label 'change shown' at screen 0.6391, screen 0.02857 left front font ',11' textcolor rgb '#000000'
plot points every :::0::0 using 1:4 with lines linewidth 1.6 dashtype 2 linecolor rgb '#009E73', points every :::1::1 using 1:4:2:3:5:6 with xyerrorbars pointtype -1 linewidth 1.2 linecolor rgb '#000000', points every :::1::1 using 1:4 with points pointtype 13 pointsize 1.0 linecolor rgb '#000000', points every :::2::2 using 1:4:2:3:5:6 with xyerrorbars pointtype -1 linewidth 1.2 linecolor rgb '#0072B2', points every :::2::2 using 1:4 with points pointtype 7 pointsize 0.9 linecolor rgb '#0072B2'
unset output
}
